import { useCallback, useMemo } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { CALL_SORTS, type CallListQuestion } from '../../../shared/contract/explore.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import type { Order } from '../../components/display/sortable-table.tsx'
import { countWords, isStateGroup, STATE_GROUPS } from '../../derive/calls/call-list.ts'
import { rangeWords } from '../../derive/spend/spans.ts'
import { go } from '../../state/route.ts'
import { isLive } from '../../state/snapshot.ts'
import { useSnapshot } from '../../state/store-context.tsx'
import { useExploration } from '../../state/use-exploration.ts'
import { CallFilters } from './call-filters.tsx'
import { CallPanel } from './call-panel.tsx'
import { CallTable } from './call-table.tsx'
import { useCallList } from './use-call-list.ts'

/** Calls of any time, as exactly as the address says; what runs now is in it as it runs. */
export function CallsScreen({ callId, query }: { callId: string | null; query: string }) {
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const explored = useExploration(timeZone)
  const { exploration, span, nowMs, change } = explored
  const { range, filter, text, states, sort } = exploration
  const order = orderOf(sort)
  const question = useMemo<CallListQuestion>(
    () => ({
      since: new Date(span.sinceMs).toISOString(),
      until: new Date(span.untilMs).toISOString(),
      filter,
      ...(text === '' ? {} : { text }),
      ...(isStateGroup(states) ? { states: STATE_GROUPS[states].states } : {}),
      sort: CALL_SORTS.find((name) => name === order.by) ?? 'time',
      ascending: order.isAscending,
    }),
    [span.sinceMs, span.untilMs, filter, text, states, order.by, order.isAscending],
  )
  const { calls, total, hasMore, error, more } = useCallList(question, span)
  const live = useMemo(() => (calls ?? []).filter((call) => isLive(call.state)).length, [calls])
  const select = useCallback((call: CallRecord) => go('calls', call.id, query), [query])
  const close = useCallback(() => go('calls', null, query), [query])
  const onOrder = useCallback(
    ({ by, isAscending }: Order) =>
      change({ sort: by === 'time' && !isAscending ? null : `${by}${isAscending ? '-up' : ''}` }),
    [change],
  )

  return (
    <div className={callId ? 'calls has-panel' : 'calls'}>
      <CallFilters explored={explored} count={total && countWords(total.calls, total.refused, live)} total={total} />
      {error && <Banner level="warn" title="The calls could not be read" body={error} />}
      {calls?.length === 0 && (
        <div className="panel">
          <Nothing>
            {text === '' && states === null && Object.keys(filter).length === 0
              ? `No calls ${rangeWords(range, timeZone, nowMs)}. The overview has the lines that bring the first one.`
              : `No call ${rangeWords(range, timeZone, nowMs)} matches.`}
          </Nothing>
        </div>
      )}
      {calls && calls.length > 0 && (
        <CallTable
          calls={calls}
          selected={callId}
          timeZone={timeZone}
          isOneDay={span.untilMs - span.sinceMs <= 26 * 3_600_000}
          order={order}
          onOrder={onOrder}
          onSelect={select}
        />
      )}
      {hasMore && (
        <div className="more">
          <Button onClick={more}>Show more</Button>
        </div>
      )}
      {callId && <CallPanel key={callId} id={callId} timeZone={timeZone} onClose={close} />}
    </div>
  )
}

/** `cost`, `cost-up`; the newest first where nothing is said. */
function orderOf(sort: string | null): Order {
  const [by = 'time', direction] = (sort ?? 'time').split('-')
  return { by, isAscending: direction === 'up' }
}
