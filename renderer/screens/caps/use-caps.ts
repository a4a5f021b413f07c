import { messageOf } from '../../../shared/contract/errors.ts'
import type { OwnRulesAnswer } from '../../../shared/rules/own-rules.ts'
import { useToast } from '../../components/dialogs/toasts.tsx'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { type Asked, useAnswer } from '../../state/use-answer.ts'

/** The developer's own caps and guards, asked again with every change of the rules. */
export function useCaps(): Asked<OwnRulesAnswer> {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.policyVersion)
  return useAnswer(`${version}`, () => api.caps.list())
}

/** Says what was changed, with a button that takes it back. */
export function useUndoToast(): (title: string, detail?: string) => void {
  const store = useStore()
  const toast = useToast()
  return (title, detail) =>
    toast({
      title,
      ...(detail === undefined ? {} : { detail }),
      action: {
        label: 'Undo',
        run: () => {
          store.api.caps.undo().then(
            () => {
              store.refresh()
              toast({ title: 'Change undone' })
            },
            (error: unknown) => toast({ title: 'It could not be undone', detail: messageOf(error) }),
          )
        },
      },
    })
}
