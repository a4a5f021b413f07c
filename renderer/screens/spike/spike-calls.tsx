import type { CallRecord } from '../../../shared/calls/call.ts'
import type { SpendFilter, Spike } from '../../../shared/contract/explore.ts'
import { callNotes } from '../../../shared/calls/call-notes.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { Panel } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { callTitle } from '../../derive/calls/call-filter.ts'
import { kindWords } from '../../derive/calls/call-words.ts'
import { dayClock } from '../../derive/format/times.ts'
import { explorationQuery, type Range } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { callsHash } from '../spend/spend-table.tsx'

interface SpikeCallsProps {
  spike: Spike
  range: Range
  filter: SpendFilter
  timeZone: string
}

/** The costliest calls of the workload that rose most. */
export function SpikeCalls({ spike, range, filter, timeZone }: SpikeCallsProps) {
  const of = { ...filter, ...spike.workloads[0]?.filter }
  const query = explorationQuery({ range, filter: of, sort: 'cost' })
  const columns: Column<CallRecord>[] = [
    {
      title: 'Call',
      isName: true,
      cell: (call) => (
        <>
          <a className="plain-link" href={routeHash('calls', call.id, query)}>
            {callTitle(call)} <span className="quiet small">{kindWords(call.kind)}</span>
          </a>
          {callNotes(call).length > 0 && <span className="row-note">{callNotes(call).join(' · ')}</span>}
        </>
      ),
    },
    {
      title: 'Time',
      width: '140px',
      room: 'roomy',
      cell: (call) => <span className="quiet number">{dayClock(call.startedAt, timeZone)}</span>,
    },
    {
      title: 'Context',
      width: '90px',
      isNumber: true,
      cell: ({ contextTokens }) => (contextTokens === null ? '–' : formatTokens(contextTokens)),
    },
    { title: 'Cost', width: '100px', isNumber: true, cell: ({ costUsd }) => usd(costUsd) },
  ]
  return (
    <Panel title="Most expensive calls" aside={<a href={callsHash(range, of)}>See all</a>}>
      <Table columns={columns} rows={spike.topCalls} rowKey={({ id }) => id} />
    </Panel>
  )
}
