import type { CallRecord } from '../../../shared/calls/call.ts'
import { callNotes } from '../../../shared/calls/call-notes.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { CallBadge } from '../../components/display/badge.tsx'
import { CallCost } from '../../components/display/call-cost.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { callTitle } from '../../derive/calls/call-filter.ts'
import { kindWords, workload } from '../../derive/calls/call-words.ts'
import { clock, stopwatch } from '../../derive/format/times.ts'
import { routeHash } from '../../state/route.ts'
import { isLive } from '../../state/snapshot.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { useStopwatch } from '../../state/use-now.ts'

/** Always this many rows, filled up with the latest finished calls, so that the page stands still while calls come and go. */
const ROWS = 7

export function LiveCalls({ timeZone }: { timeZone: string }) {
  const calls = useSnapshot((snapshot) => snapshot.calls)
  const live = calls.filter((call) => isLive(call.state)).reverse()
  const recent = calls
    .filter((call) => !isLive(call.state))
    .slice(-ROWS)
    .reverse()
  const nowMs = useStopwatch(live.length > 0)
  const shown = [...live, ...recent].slice(0, ROWS)
  const more = live.length - ROWS
  return (
    <Panel
      title="Live calls"
      className="live-calls"
      aside={
        <>
          <span className="number">{live.length === 0 ? 'none in flight' : `${live.length} in flight`}</span>
          <a href={routeHash('calls')}>All calls</a>
        </>
      }
    >
      <ul className="rows live-rows" style={{ minHeight: `${ROWS * 45}px` }}>
        {shown.map((call) => (
          <LiveRow key={call.id} call={call} nowMs={nowMs} timeZone={timeZone} />
        ))}
      </ul>
      {more > 0 && <p className="note">and {more} more in flight</p>}
    </Panel>
  )
}

function LiveRow({ call, nowMs, timeZone }: { call: CallRecord; nowMs: number; timeZone: string }) {
  const live = isLive(call.state)
  const notes = callNotes(call).join(' · ')
  return (
    <li>
      <a className="live-row" href={routeHash('calls', call.id)}>
        <CallBadge call={call} />
        <span className="live-who">
          <span className="live-model">
            {callTitle(call)}
            {notes !== '' && (
              <span className="level-text-warn small" title={notes}>
                {' '}
                {call.cacheMiss ? 'cache missed' : 'cut short'}
              </span>
            )}
          </span>
          <span className="quiet small">
            {workload(call)} · {kindWords(call.kind)}
          </span>
        </span>
        <span className="live-time number quiet">
          {live ? stopwatch(nowMs - Date.parse(call.startedAt)) : clock(call.endedAt ?? call.startedAt, timeZone)}
        </span>
        <span className="live-cost number">
          <CallCost call={call} />
        </span>
        <span className="live-context number quiet small">
          {call.contextTokens === null ? '' : `${formatTokens(call.contextTokens)} context`}
        </span>
      </a>
    </li>
  )
}
