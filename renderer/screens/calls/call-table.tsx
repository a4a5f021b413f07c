import { useMemo } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { callNotes } from '../../../shared/calls/call-notes.ts'
import { formatDuration, formatTokens } from '../../../shared/values/format.ts'
import { CallBadge } from '../../components/display/badge.tsx'
import { CallCost } from '../../components/display/call-cost.tsx'
import { type Column, RowButton, Table } from '../../components/display/table.tsx'
import { callTitle } from '../../derive/calls/call-filter.ts'
import { kindWords, workload } from '../../derive/calls/call-words.ts'
import { clockSeconds, stopwatch } from '../../derive/format/times.ts'
import { isLive } from '../../state/snapshot.ts'
import { useStopwatch } from '../../state/use-now.ts'

interface CallTableProps {
  calls: readonly CallRecord[]
  selected: string | null
  timeZone: string
  onSelect: (call: CallRecord) => void
}

export function CallTable({ calls, selected, timeZone, onSelect }: CallTableProps) {
  const columns = useMemo(() => callColumns(timeZone), [timeZone])
  return (
    <div className="panel table-panel">
      <Table columns={columns} rows={calls} rowKey={({ id }) => id} selected={selected} onSelect={onSelect} />
    </div>
  )
}

function callColumns(timeZone: string): Column<CallRecord>[] {
  return [
    {
      title: 'Time',
      width: '92px',
      cell: (call) => <span className="number quiet">{clockSeconds(call.startedAt, timeZone)}</span>,
    },
    { title: 'State', width: '134px', cell: (call) => <CallBadge call={call} /> },
    { title: 'Model', cell: (call) => <Model call={call} /> },
    { title: 'Made by', width: '20%', room: 'spare', cell: workload, hint: workload },
    {
      title: 'Context',
      width: '84px',
      isNumber: true,
      room: 'optional',
      cell: ({ contextTokens }) => (contextTokens === null ? '–' : formatTokens(contextTokens)),
    },
    {
      title: 'Output',
      width: '84px',
      isNumber: true,
      room: 'optional',
      cell: ({ usage }) => (usage ? formatTokens(usage.output) : '–'),
    },
    {
      title: 'Took',
      width: '84px',
      isNumber: true,
      room: 'spare',
      cell: (call) => (isLive(call.state) ? <Running since={call.startedAt} /> : took(call)),
    },
    { title: 'Cost', width: '116px', isNumber: true, cell: (call) => <CallCost call={call} /> },
  ]
}

/** The model and what the call was for; below them what is not as usual. */
function Model({ call }: { call: CallRecord }) {
  const notes = callNotes(call).join(' · ')
  return (
    <>
      <RowButton>{callTitle(call)}</RowButton>
      <span className="kind quiet small"> {kindWords(call.kind)}</span>
      {notes !== '' && (
        <span className="row-note" title={notes}>
          {notes}
        </span>
      )}
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
