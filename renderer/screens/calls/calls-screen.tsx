import { commandLine } from '../../../shared/values/command-line.ts'
import { useEffect, useMemo, useState } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { Button } from '../../components/controls/button.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { type CallFilter, filterCalls, NO_FILTER } from '../../derive/calls/call-filter.ts'
import { go } from '../../state/route.ts'
import { MAX_CALLS } from '../../state/snapshot.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { CallFilters } from './call-filters.tsx'
import { CallPanel } from './call-panel.tsx'
import { CallTable } from './call-table.tsx'

/** Rows drawn at once: a screen or three; the rest is one click away and never more than the store keeps. */
const PAGE = 100

const select = (call: CallRecord) => go('calls', call.id)
const close = () => go('calls')

/** `find`: what a link to here wants searched for; it stays in force while calls are opened and closed. */
export function CallsScreen({ callId, find }: { callId: string | null; find: string | null }) {
  const calls = useSnapshot((snapshot) => snapshot.calls)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const [filter, setFilter] = useState<CallFilter>({ ...NO_FILTER, text: find ?? '' })
  const [shown, setShown] = useState(PAGE)
  const found = useMemo(() => filterCalls(calls, filter), [calls, filter])
  const rows = found.slice(0, shown)
  useEffect(() => {
    if (find !== null) setFilter({ ...NO_FILTER, text: find })
  }, [find])

  return (
    <div className={callId ? 'calls has-panel' : 'calls'}>
      <CallFilters calls={calls} filter={filter} found={found.length} onChange={setFilter} />
      {rows.length === 0 ? (
        <div className="panel">
          <Nothing>
            {calls.length === 0
              ? 'No calls yet. The overview has the lines that bring the first one.'
              : 'No call matches.'}
          </Nothing>
        </div>
      ) : (
        <CallTable calls={rows} selected={callId} timeZone={timeZone} onSelect={select} />
      )}
      {found.length > shown && (
        <div className="more">
          <Button onClick={() => setShown(shown + PAGE)}>Show more</Button>
        </div>
      )}
      {calls.length >= MAX_CALLS && (
        <p className="note">
          The latest {MAX_CALLS} calls are kept here. Older ones: <code>{commandLine('calls --since 7d')}</code>
        </p>
      )}
      {callId && <CallPanel key={callId} id={callId} timeZone={timeZone} onClose={close} />}
    </div>
  )
}
