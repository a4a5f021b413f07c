import { type KeyboardEvent, memo } from 'react'
import type { CallRecord } from '../../../shared/call.ts'
import { formatDuration, formatTokens } from '../../../shared/format.ts'
import { CallBadge } from '../../components/badge.tsx'
import { CallCost } from '../../components/call-cost.tsx'
import { callTitle } from '../../derive/call-filter.ts'
import { kindWords, workload } from '../../derive/call-words.ts'
import { clockSeconds, stopwatch } from '../../derive/times.ts'
import { isLive } from '../../state/snapshot.ts'
import { useStopwatch } from '../../state/use-now.ts'

interface CallTableProps {
  calls: readonly CallRecord[]
  selected: string | null
  timeZone: string
  onSelect: (id: string) => void
}

export function CallTable({ calls, selected, timeZone, onSelect }: CallTableProps) {
  return (
    <div className="panel table-panel">
      <table className="table calls-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">State</th>
            <th scope="col">Model</th>
            <th scope="col" className="spare">
              Made by
            </th>
            <th scope="col" className="right optional">
              Context
            </th>
            <th scope="col" className="right optional">
              Output
            </th>
            <th scope="col" className="right spare">
              Took
            </th>
            <th scope="col" className="right">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <CallRow
              key={call.id}
              call={call}
              selected={call.id === selected}
              timeZone={timeZone}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const CallRow = memo(function CallRow({
  call,
  selected,
  timeZone,
  onSelect,
}: {
  call: CallRecord
  selected: boolean
  timeZone: string
  onSelect: (id: string) => void
}) {
  const live = isLive(call.state)
  return (
    <tr
      className={live ? 'is-live' : undefined}
      aria-current={selected ? 'true' : undefined}
      onClick={() => onSelect(call.id)}
    >
      <td className="number quiet">{clockSeconds(call.startedAt, timeZone)}</td>
      <td>
        <CallBadge call={call} />
      </td>
      <td>
        <button type="button" className="row-button" onKeyDown={moveFocus}>
          {callTitle(call)}
        </button>
        <span className="kind quiet small"> {kindWords(call.kind)}</span>
      </td>
      <td className="clip spare" title={workload(call)}>
        {workload(call)}
      </td>
      <td className="right number optional">{call.contextTokens === null ? '–' : formatTokens(call.contextTokens)}</td>
      <td className="right number optional">{call.usage ? formatTokens(call.usage.output) : '–'}</td>
      <td className="right number spare">{live ? <Running since={call.startedAt} /> : took(call)}</td>
      <td className="right number">
        <CallCost call={call} />
      </td>
    </tr>
  )
})

function Running({ since }: { since: string }) {
  const nowMs = useStopwatch(true)
  return stopwatch(nowMs - Date.parse(since))
}

function took(call: CallRecord): string {
  return call.durationMs === null || call.state === 'refused' ? '–' : formatDuration(call.durationMs)
}

/** Up and down go from call to call, as in any list. */
function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const row = event.currentTarget.closest('tr')
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling
  const button = next?.querySelector<HTMLButtonElement>('.row-button')
  if (!button) return
  event.preventDefault()
  button.focus()
}
