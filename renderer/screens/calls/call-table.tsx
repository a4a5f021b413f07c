import { useMemo } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { callNotes, refusalSentence } from '../../../shared/calls/call-notes.ts'
import { formatDuration, formatTokens } from '../../../shared/values/format.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { CallBadge } from '../../components/display/badge.tsx'
import { CallCost } from '../../components/display/call-cost.tsx'
import { type Order, type SortableColumn, SortableTable } from '../../components/display/sortable-table.tsx'
import { RowButton } from '../../components/display/table.tsx'
import { callTitle } from '../../derive/calls/call-filter.ts'
import { callWords, kindWords, workload } from '../../derive/calls/call-words.ts'
import { clockSeconds, dayClock, stopwatch } from '../../derive/format/times.ts'
import { isLive } from '../../state/snapshot.ts'
import { useStopwatch } from '../../state/use-now.ts'

interface CallTableProps {
  calls: readonly CallRecord[]
  selected: string | null
  timeZone: string
  /** Of one day the time is enough. */
  isOneDay: boolean
  order: Order
  onOrder: (order: Order) => void
  onSelect: (call: CallRecord) => void
}

export function CallTable({ calls, selected, timeZone, isOneDay, order, onOrder, onSelect }: CallTableProps) {
  const columns = useMemo(() => callColumns(timeZone, isOneDay), [timeZone, isOneDay])
  return (
    <div className="panel table-panel">
      <SortableTable
        columns={columns}
        rows={calls}
        rowKey={idOf}
        order={order}
        onOrder={onOrder}
        selected={selected}
        onSelect={onSelect}
      />
    </div>
  )
}

function idOf({ id }: CallRecord): string {
  return id
}

function callColumns(timeZone: string, isOneDay: boolean): SortableColumn<CallRecord>[] {
  const time = (call: CallRecord) =>
    isOneDay ? clockSeconds(call.startedAt, timeZone) : dayClock(call.startedAt, timeZone)
  return [
    {
      title: 'Time',
      width: isOneDay ? '88px' : '150px',
      order: 'time',
      room: 'roomy',
      cell: (call) => <span className="number quiet">{time(call)}</span>,
    },
    { title: 'State', width: '128px', room: 'roomy', cell: (call) => <CallBadge call={call} /> },
    { title: 'Model', cell: (call) => <Model call={call} time={time(call)} /> },
    { title: 'Made by', width: '19%', room: 'spare', cell: workload, hint: workload },
    {
      title: 'Context',
      width: '80px',
      isNumber: true,
      room: 'optional',
      cell: ({ contextTokens }) => (contextTokens === null ? '–' : formatTokens(contextTokens)),
    },
    {
      title: 'Tokens',
      width: '84px',
      isNumber: true,
      room: 'optional',
      order: 'tokens',
      cell: ({ usage }) => (usage ? formatTokens(totalTokens(usage)) : '–'),
    },
    {
      title: 'Took',
      width: '80px',
      isNumber: true,
      room: 'spare',
      cell: (call) => (isLive(call.state) ? <Running since={call.startedAt} /> : took(call)),
    },
    { title: 'Cost', width: '120px', isNumber: true, order: 'cost', cell: (call) => <CallCost call={call} /> },
  ]
}

/** The model and what the call was for; below them why it was refused, or what is not as usual. */
function Model({ call, time }: { call: CallRecord; time: string }) {
  const notes =
    call.refusal && call.state === 'refused' ? refusalSentence(call.refusal.message) : callNotes(call).join(' · ')
  return (
    <>
      <RowButton>{callTitle(call)}</RowButton>
      <span className="kind quiet small"> {kindWords(call.kind)}</span>
      {notes !== '' && (
        <span className="row-note row-note-wide" title={notes}>
          {notes}
        </span>
      )}
      <span className="narrow-only quiet small number">
        {time} · {callWords(call).label.toLowerCase()} · {workload(call)}
      </span>
    </>
  )
}

function Running({ since }: { since: string }) {
  const nowMs = useStopwatch(true)
  return stopwatch(nowMs - Date.parse(since))
}

function took(call: CallRecord): string {
  return call.durationMs === null || call.state === 'refused' ? '–' : formatDuration(call.durationMs)
}
