import { formatUsd, parseUsd } from '../../../shared/values/money.ts'
import { EXIT, type Io } from './command.ts'

/** One JSON document. */
export function printJson(io: Pick<Io, 'stdout'>, document: unknown): void {
  io.stdout(`${JSON.stringify(document, null, 2)}\n`)
}

export interface JsonOption {
  json?: boolean
}

/** What a verb says when it has done its work: a sentence, or a document that says `ok`. @returns its exit code */
export function printDone(io: Io, options: JsonOption, document: Record<string, unknown>, sentence: string): number {
  if (options.json) printJson(io, { schema: 1, ok: true, ...document })
  else io.stdout(`${sentence}\n`)
  return EXIT.ok
}

export type Paint = (text: string) => string

/** Colours, used with restraint: none off a terminal, none with NO_COLOR. */
export function paints(
  io: Pick<Io, 'isTTY' | 'env'>,
): Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', Paint> {
  const on = io.isTTY && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
  const paint = (open: number, close: number) => (text: string) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

export interface Column<Row> {
  title: string
  /** Numbers stand on the right. */
  align?: 'left' | 'right'
  text(row: Row): string
  paint?(row: Row): Paint
  /** Longer texts are cut in the middle: names differ at both ends. */
  maxWidth?: number
}

/** Aligned columns under their titles, two spaces apart, each line ended. Empty for no rows. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], dim: Paint): string {
  if (rows.length === 0) return ''
  const cells = rows.map((row) => columns.map((column) => cut(column.text(row), column.maxWidth ?? 60)))
  const widths = columns.map((column, index) =>
    // Nothing stands after the last column, so that it needs no filling.
    index === columns.length - 1 && column.align !== 'right'
      ? 0
      : Math.max(column.title.length, ...cells.map((line) => lengthOf(line[index] ?? ''))),
  )
  const lay = (texts: readonly string[], paintOf: (index: number) => Paint) =>
    texts
      .map((text, index) => paintOf(index)(pad(text, widths[index] ?? 0, columns[index]?.align ?? 'left')))
      .join('  ')
      .trimEnd()
  const titles = lay(
    columns.map((column) => column.title),
    () => dim,
  )
  const lines = rows.map((row, index) => lay(cells[index] ?? [], (column) => columns[column]?.paint?.(row) ?? plain))
  return [titles, ...lines].map((line) => `  ${line}\n`).join('')
}

const plain: Paint = (text) => text

/** In characters: what a terminal shows of a surrogate pair is one. */
function lengthOf(text: string): number {
  return Array.from(text).length
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)))
  return align === 'right' ? space + text : text + space
}

function cut(text: string, width: number): string {
  const characters = Array.from(text)
  if (characters.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`
}

/** An exact decimal amount of the contract, for people. */
export function dollars(exact: string | null): string {
  const amount = exact === null ? null : parseUsd(exact)
  return amount === null ? '–' : formatUsd(amount)
}

/** `█████░░░░░`, `share` of it full. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** `14:05` today, `23 Nov 14:05` on another day. */
export function clockTime(iso: string, timeZone: string, nowMs: number, withSeconds = false): string {
  const atMs = Date.parse(iso)
  const seconds = withSeconds ? { second: '2-digit' as const } : {}
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...seconds,
    hourCycle: 'h23',
  })
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' })
  return day.format(atMs) === day.format(nowMs) ? time.format(atMs) : `${day.format(atMs)} ${time.format(atMs)}`
}
