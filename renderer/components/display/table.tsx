import { type KeyboardEvent, memo, type ReactNode } from 'react'

/** One column: what stands over it, and what a row shows in it. */
export interface Column<Row> {
  title: string
  /** Only for screen readers, where the eye needs no word. */
  isTitleHidden?: boolean
  cell: (row: Row) => ReactNode
  /** What a pointer that rests on it is told, for texts that may be cut. */
  hint?: (row: Row) => string
  /** Its cell names the row. */
  isName?: boolean
  /** Numbers stand on the right, each digit as wide as its neighbour. */
  isNumber?: boolean
  /** `optional` goes where the window is narrow, `spare` where a panel stands beside the table, `roomy` on a phone's width. */
  room?: 'optional' | 'spare' | 'roomy'
  /** The rest is shared by those without. */
  width?: string
}

interface TableProps<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** The key of the row that is open beside the table. */
  selected?: string | null
  /** Stays the same function, or every row is drawn again with every change. */
  onSelect?: (row: Row) => void
}

/** Rows of equal height under their titles; a row is drawn again only when it changed. */
export function Table<Row>({ columns, rows, rowKey, selected = null, onSelect }: TableProps<Row>) {
  return (
    <table className={onSelect ? 'table is-selectable' : 'table'}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" className={classOf(column)} style={{ width: column.width }}>
              {column.isTitleHidden ? <span className="hidden">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <TableRow
            key={rowKey(row)}
            row={row}
            columns={columns}
            isSelected={selected !== null && rowKey(row) === selected}
            onSelect={onSelect}
          />
        ))}
      </tbody>
    </table>
  )
}

interface TableRowProps<Row> {
  row: Row
  columns: readonly Column<Row>[]
  isSelected: boolean
  onSelect: ((row: Row) => void) | undefined
}

// Its type is kept by hand: memo forgets that a component is generic.
const TableRow = memo(function TableRow<Row>({ row, columns, isSelected, onSelect }: TableRowProps<Row>) {
  return (
    <tr aria-current={isSelected ? 'true' : undefined} onClick={onSelect && (() => onSelect(row))}>
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

/** What makes a row that can be selected reachable by keyboard; its click is the row's. */
export function RowButton({ children }: { children: ReactNode }) {
  return (
    <button type="button" className="row-button" onKeyDown={moveFocus}>
      {children}
    </button>
  )
}

/** Up and down go from row to row, as in any list. */
function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const row = event.currentTarget.closest('tr')
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling
  const button = next?.querySelector<HTMLButtonElement>('.row-button')
  if (!button) return
  event.preventDefault()
  button.focus()
}
