import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { Icon } from '../controls/icon.tsx'
import type { Column } from './table.tsx'

export interface Order {
  by: string
  isAscending: boolean
}

export interface SortableColumn<Row> extends Column<Row> {
  /** What rows are ordered by when its title is pressed; a column without cannot be. */
  order?: string
  /** The first press: the largest first where left out. */
  startsAscending?: boolean
}

interface SortableTableProps<Row> {
  columns: readonly SortableColumn<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  order: Order
  onOrder: (order: Order) => void
  selected?: string | null
  /** Stays the same function, or every row is drawn again with every change. */
  onSelect?: (row: Row) => void
  rowClass?: (row: Row) => string | undefined
}

/** Up to here all rows are drawn, so that the browser's own search finds them; of more only those in sight. */
const DRAWN_WHOLE = 200
const ROW_PX = 39

/** A table whose titles sort it, and which draws no more rows than are in sight where there are very many. */
export function SortableTable<Row>(props: SortableTableProps<Row>) {
  const { columns, rows, order, onOrder, onSelect } = props
  return (
    <table className={onSelect ? 'table is-selectable' : 'table'}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Title key={column.title} column={column} order={order} onOrder={onOrder} />
          ))}
        </tr>
      </thead>
      {rows.length > DRAWN_WHOLE ? <RowsInSight {...props} /> : <AllRows {...props} />}
    </table>
  )
}

function Title<Row>({
  column,
  order,
  onOrder,
}: {
  column: SortableColumn<Row>
  order: Order
  onOrder: (order: Order) => void
}) {
  const isOrdered = column.order !== undefined && column.order === order.by
  const title = column.isTitleHidden ? <span className="hidden">{column.title}</span> : column.title
  return (
    <th
      scope="col"
      className={classOf(column)}
      style={{ width: column.width }}
      aria-sort={isOrdered ? (order.isAscending ? 'ascending' : 'descending') : undefined}
    >
      {column.order === undefined ? (
        title
      ) : (
        <button
          type="button"
          className="sort-button"
          onClick={() =>
            onOrder({
              by: column.order!,
              isAscending: isOrdered ? !order.isAscending : column.startsAscending === true,
            })
          }
        >
          {title}
          {isOrdered && <Icon name={order.isAscending ? 'up' : 'down'} size={12} />}
        </button>
      )}
    </th>
  )
}

function AllRows<Row>({ rows, rowKey, columns, selected = null, onSelect, rowClass }: SortableTableProps<Row>) {
  return (
    <tbody>
      {rows.map((row) => (
        <TableRow
          key={rowKey(row)}
          row={row}
          columns={columns}
          isSelected={selected !== null && rowKey(row) === selected}
          onSelect={onSelect}
          className={rowClass?.(row)}
        />
      ))}
    </tbody>
  )
}

function RowsInSight<Row>(props: SortableTableProps<Row>) {
  const { rows, rowKey, columns } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const [offsetPx, setOffsetPx] = useState(0)
  // It is its own component, so that what the compiler leaves as it is stays small.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => body.current?.closest<HTMLElement>('.app-scroll') ?? null,
    getItemKey: (index) => rowKey(rows[index]!),
    estimateSize: () => ROW_PX,
    scrollMargin: offsetPx,
    overscan: 15,
  })
  useLayoutEffect(() => {
    const scroller = body.current?.closest('.app-scroll')
    if (body.current && scroller)
      setOffsetPx(body.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop)
  }, [])
  const inSight = virtualizer.getVirtualItems()
  const before = (inSight[0]?.start ?? offsetPx) - offsetPx
  const after = virtualizer.getTotalSize() - ((inSight.at(-1)?.end ?? offsetPx) - offsetPx)
  return (
    <tbody ref={body}>
      <Spacer heightPx={before} span={columns.length} />
      {inSight.map(({ index, key }) => {
        const row = rows[index]
        return (
          row !== undefined && (
            <TableRow
              key={key}
              index={index}
              measure={virtualizer.measureElement}
              row={row}
              columns={columns}
              isSelected={props.selected !== null && rowKey(row) === props.selected}
              onSelect={props.onSelect}
              className={props.rowClass?.(row)}
            />
          )
        )
      })}
      <Spacer heightPx={after} span={columns.length} />
    </tbody>
  )
}

function Spacer({ heightPx, span }: { heightPx: number; span: number }) {
  return heightPx > 0 ? (
    <tr className="spacer" aria-hidden="true">
      <td colSpan={span} style={{ height: heightPx }}>
        &nbsp;
      </td>
    </tr>
  ) : null
}

interface TableRowProps<Row> {
  row: Row
  columns: readonly SortableColumn<Row>[]
  isSelected: boolean
  onSelect: ((row: Row) => void) | undefined
  className: string | undefined
  index?: number
  measure?: (element: Element | null) => void
}

// Its type is kept by hand: memo forgets that a component is generic.
const TableRow = memo(function TableRow<Row>(props: TableRowProps<Row>) {
  const { row, columns, isSelected, onSelect, className, index, measure } = props
  return (
    <tr
      ref={measure}
      data-index={index}
      className={className}
      aria-current={isSelected ? 'true' : undefined}
      onClick={onSelect && (() => onSelect(row))}
    >
      {columns.map((column) =>
        column.isName ? (
          <th key={column.title} scope="row" className={classOf(column)} title={column.hint?.(row)}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.title} className={classOf(column)} title={column.hint?.(row)}>
            {column.cell(row)}
          </td>
        ),
      )}
    </tr>
  )
}) as <Row>(props: TableRowProps<Row>) => ReactNode

function classOf<Row>({ isNumber, room }: Column<Row>): string | undefined {
  return [isNumber && 'right number', room].filter(Boolean).join(' ') || undefined
}
