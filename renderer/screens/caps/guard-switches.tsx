import type { OwnRulesAnswer, SwitchableGuard } from '../../../shared/rules/own-rules.ts'
import { Switch } from '../../components/controls/switch.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useUndoToast } from './use-caps.ts'

const GUARDS: readonly { guard: SwitchableGuard; label: string; help: string }[] = [
  { guard: 'loop', label: 'Ask me about loops', help: 'An agent that repeats the same step waits for your answer.' },
  {
    guard: 'retry-storm',
    label: 'Ask me about retry storms',
    help: 'A program that keeps sending a failed call waits for your answer.',
  },
]

/** Guards that ask before they stop anything, each switched on with one click. */
export function GuardSwitches({ answer }: { answer: OwnRulesAnswer }) {
  const { api } = useStore()
  const action = useAction()
  const undoable = useUndoToast()
  const turn = async (guard: SwitchableGuard, label: string, on: boolean) => {
    if (await action.run(() => api.caps.switchGuard(guard, on))) undoable(`${label}: ${on ? 'on' : 'off'}`)
  }
  return (
    <Panel title="Questions">
      {GUARDS.map(({ guard, label, help }) => (
        <Switch
          key={guard}
          label={label}
          checked={answer.rules.some((rule) => rule.id === `my-${guard}-guard`)}
          disabled={action.busy}
          onChange={(on) => void turn(guard, label, on)}
        >
          {help}
        </Switch>
      ))}
      {action.error && (
        <p className="action-error" role="alert">
          {action.error}
        </p>
      )}
    </Panel>
  )
}
