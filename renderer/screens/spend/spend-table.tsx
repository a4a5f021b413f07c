import { useMemo, useState } from 'react'
import type { ExploreAnswer, ExploreRow, SpendFilter } from '../../../shared/contract/explore.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { Bar } from '../../components/display/bar.tsx'
import { Button } from '../../components/controls/button.tsx'
import { colourClass } from '../../components/charts/stacked-bars.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { deltaWords } from '../../derive/spend/bars.ts'
import { dimensionTitle, rowWords } from '../../derive/calls/dimension-words.ts'
import { explorationQuery, type Range } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'

/** Rows shown at first: what is further down costs little, and what stands below the table should be seen. */
const FIRST_ROWS = 12

interface SpendTableProps {
  answer: ExploreAnswer
  range: Range
  filter: SpendFilter
}

/** Who spent what: each name leads to exactly its calls, in the same time. */
export function SpendTable({ answer, range, filter }: SpendTableProps) {
  const [isWhole, setWhole] = useState(false)
  const columns = useMemo(() => spendColumns(answer, range, filter), [answer, range, filter])
  const rows = answer.rows.filter(({ calls, refused }) => calls > 0 || refused > 0)
  return (
    <div className="panel table-panel">
      <Table columns={columns} rows={isWhole ? rows : rows.slice(0, FIRST_ROWS)} rowKey={keyOf} />
      {rows.length > FIRST_ROWS && !isWhole && (
        <div className="more">
          <Button variant="quiet" onClick={() => setWhole(true)}>
            Show all {rows.length}
          </Button>
        </div>
      )}
      {answer.folded && (isWhole || rows.length <= FIRST_ROWS) && (
        <p className="note">
          and {answer.folded.rows} more with {usd(answer.folded.costUsd)} in {answer.folded.calls} calls
        </p>
      )}
    </div>
  )
}

function keyOf({ key, via }: ExploreRow): string {
  return JSON.stringify([key, via])
}

function spendColumns(answer: ExploreAnswer, range: Range, filter: SpendFilter): Column<ExploreRow>[] {
  const share = (row: ExploreRow) => fraction(nanosOf(row.costUsd), nanosOf(answer.total.costUsd))
  const coloured = answer.rows.filter(({ bucketNanos }) => bucketNanos !== null)
  return [
    {
      title: dimensionTitle(answer.by),
      width: '32%',
      isName: true,
      hint: (row) => rowWords(answer.by, row),
      cell: (row) => {
        const colour = coloured.indexOf(row)
        return (
          <a className="plain-link row-link" href={callsHash(range, { ...filter, ...row.filter })}>
            <i className={colourClass(colour < 0 ? null : colour)} aria-hidden="true" />
            <span>{rowWords(answer.by, row)}</span>
          </a>
        )
      },
    },
    {
      title: 'Share',
      isTitleHidden: true,
      room: 'optional',
      cell: (row) => <Bar label={`${percent(share(row))} of all`} value={share(row)} />,
    },
    { title: 'Cost', width: '96px', isNumber: true, cell: ({ costUsd }) => usd(costUsd) },
    {
      title: 'Change',
      width: '88px',
      isNumber: true,
      room: 'optional',
      hint: ({ previousUsd }) => (previousUsd === null ? '' : `${usd(previousUsd)} in the period before`),
      cell: ({ costUsd, previousUsd }) => <span className="quiet">{deltaWords(costUsd, previousUsd)}</span>,
    },
    { title: 'Calls', width: '76px', isNumber: true, cell: ({ calls }) => calls },
    { title: 'Refused', width: '84px', isNumber: true, room: 'optional', cell: ({ refused }) => refused || '–' },
    {
      title: 'Cached',
      width: '84px',
      isNumber: true,
      room: 'optional',
      cell: ({ cacheReadTokens, inputTokens }) => percent(fraction(cacheReadTokens, inputTokens)),
    },
    {
      title: 'Output',
      width: '84px',
      isNumber: true,
      room: 'optional',
      cell: ({ outputTokens }) => formatTokens(outputTokens),
    },
  ]
}

/** The calls of a stretch of time that a filter finds. */
export function callsHash(range: Range, filter: SpendFilter): string {
  return routeHash('calls', null, explorationQuery({ range, filter }))
}
