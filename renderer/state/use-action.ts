import { useCallback, useState } from 'react'
import { messageOf } from '../../shared/contract/errors.ts'
import { useStore } from './store-context.tsx'

export interface Action {
  busy: boolean
  error: string | null
  /** Resolves to true when it was done. */
  run: (action: () => Promise<void>) => Promise<boolean>
  /** Forgets the last error: what it was about has changed. */
  clear: () => void
}

/** One thing a developer can do at a time: shows that it runs, why it failed, and asks for the status afterwards. */
export function useAction(): Action {
  const store = useStore()
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null })
  const run = useCallback(
    async (action: () => Promise<void>): Promise<boolean> => {
      setState({ busy: true, error: null })
      try {
        await action()
        setState({ busy: false, error: null })
        store.refresh()
        return true
      } catch (error) {
        setState({ busy: false, error: messageOf(error) })
        return false
      }
    },
    [store],
  )
  const clear = useCallback(
    () => setState((before) => (before.error === null ? before : { ...before, error: null })),
    [],
  )
  return { ...state, run, clear }
}
