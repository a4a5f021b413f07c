import type { Status } from '../../../shared/contract/contract.ts'
import { Panel } from '../../components/display/panel.tsx'

/** How far signed-in plans are used, as their providers last said; nothing where none has. */
export function PlanWindows({ plans = [] }: Pick<Status, 'plans'>) {
  if (plans.length === 0) return null
  return (
    <Panel title="Signed-in plans">
      <ul>
        {plans.map(({ provider, windowMinutes, resetsAt, sentence }) => (
          <li key={`${provider} ${windowMinutes} ${resetsAt}`}>
            <span className="quiet">{provider}</span> {sentence}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
