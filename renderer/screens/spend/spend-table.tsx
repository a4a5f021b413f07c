import { useMemo, useState } from 'react'
import { isSpendPeriod, type SpendReport } from '../../../shared/contract/contract.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { Bar } from '../../components/display/bar.tsx'
import { Button } from '../../components/controls/button.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { changeWords } from '../../derive/spend/savings.ts'
import { cachedShare, reportRows } from '../../derive/spend/spend-rows.ts'
import { findHash } from '../../state/route.ts'

/** Rows shown at first: what is further down costs little, and what stands below the table should be seen. */
const FIRST_ROWS = 12

type Row = ReturnType<typeof reportRows>[number]

export function SpendTable({
  report,
  timeZone,
  whatIf,
}: {
  report: SpendReport
  timeZone: string
  whatIf: string | null
}) {
  const [isWhole, setWhole] = useState(false)
  const columns = useMemo(() => spendColumns(report, whatIf), [report, whatIf])
  const rows = reportRows(report, timeZone)
  if (rows.length === 0) {
    return (
      <div className="panel">
        <Nothing>Nothing was spent in this time.</Nothing>
      </div>
    )
  }
  return (
    <div className="panel table-panel">
      <Table columns={columns} rows={isWhole ? rows : rows.slice(0, FIRST_ROWS)} rowKey={({ name }) => name} />
      {rows.length > FIRST_ROWS && !isWhole && (
        <div className="more">
          <Button variant="quiet" onClick={() => setWhole(true)}>
            Show all {rows.length}
          </Button>
        </div>
      )}
    </div>
  )
}

function spendColumns(report: SpendReport, whatIf: string | null): Column<Row>[] {
  const share = (row: Row) => fraction(nanosOf(row.costUsd), nanosOf(report.total.costUsd))
  return [
    {
      title: report.by.charAt(0).toUpperCase() + report.by.slice(1),
      width: '30%',
      isName: true,
      hint: ({ name }) => name,
      cell: (row) => <RowName row={row} isFound={!isSpendPeriod(report.by)} />,
    },
    {
      title: 'Share',
      isTitleHidden: true,
      cell: (row) => <Bar label={percent(share(row))} value={share(row)} />,
    },
    { title: 'Cost', width: '96px', isNumber: true, cell: ({ costUsd }) => usd(costUsd) },
    ...(whatIf === null ? [] : [whatIfColumn(whatIf)]),
    { title: 'Calls', width: '84px', isNumber: true, cell: ({ calls }) => calls },
    { title: 'Refused', width: '96px', isNumber: true, room: 'optional', cell: ({ refused }) => refused },
    {
      title: 'Cached',
      width: '96px',
      isNumber: true,
      room: 'optional',
      cell: ({ usage }) => percent(cachedShare(usage)),
    },
    {
      title: 'Output',
      width: '96px',
      isNumber: true,
      room: 'optional',
      cell: ({ usage }) => formatTokens(usage.output),
    },
  ]
}

function whatIfColumn(model: string): Column<Row> {
  return {
    title: `On ${shortModel(model)}`,
    width: '176px',
    isNumber: true,
    cell: ({ costUsd, whatIfUsd }) => (
      <>
        <span className="quiet small">{changeWords(costUsd, whatIfUsd)}</span> {usd(whatIfUsd)}
      </>
    ),
  }
}

/** A name is the way to its calls; of what nobody said there is nothing to search for. */
function RowName({ row, isFound }: { row: Row; isFound: boolean }) {
  if (!isFound || row.key === null || row.key === '') return row.name
  return (
    <a className="plain-link" href={findHash(row.key)}>
      {row.name}
    </a>
  )
}
