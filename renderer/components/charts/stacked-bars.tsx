import { type KeyboardEvent, memo, useRef, useState } from 'react'
import type { Bucket } from '../../../shared/contract/explore.ts'
import { exactUsd, formatUsd } from '../../../shared/values/money.ts'
import { usd } from '../../derive/format/amounts.ts'
import type { BarColumn, Bars } from '../../derive/spend/bars.ts'
import { bucketLabel, bucketSpan } from '../../derive/format/times.ts'

interface StackedBarsProps {
  bars: Bars
  bucket: Bucket
  timeZone: string
  /** The start of the bucket that is picked. */
  picked: string | null
  label: string
  onPick: (from: string | null) => void
}

/** As many labels as fit without touching. */
const MAX_LABELS = 12

/**
 * Spend over time as stacked bars. Each bar is a button that says its time and sum; arrows go from bar to bar, so that
 * the tab key passes the chart in one step.
 */
export function StackedBars({ bars, bucket, timeZone, picked, label, onPick }: StackedBarsProps) {
  const group = useRef<HTMLFieldSetElement>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  const { columns, topNanos } = bars
  const pickedIndex = columns.findIndex(({ from }) => from === picked)
  const reachable = pickedIndex >= 0 ? pickedIndex : lastSpent(columns)
  const shown = pointed ?? (pickedIndex >= 0 ? pickedIndex : null)
  const every = Math.max(1, Math.ceil(columns.length / MAX_LABELS))

  const move = (event: KeyboardEvent) => {
    const from = columns.findIndex((_, index) => group.current?.children[index + 1] === document.activeElement)
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: columns.length - 1 }[event.key]
    if (event.key === 'Escape') onPick(null)
    if (to === undefined) return
    event.preventDefault()
    const next = group.current?.children[Math.min(columns.length, Math.max(0, to) + 1)]
    if (next instanceof HTMLElement) next.focus()
  }

  return (
    <figure className="stacked" aria-label={label}>
      <div className="stacked-plot">
        <div className="stacked-scale" aria-hidden="true">
          {[1, 0.5, 0].map((part) => (
            <span key={part} style={{ bottom: `${part * 100}%` }}>
              {formatUsd(Math.round(topNanos * part))}
            </span>
          ))}
        </div>
        <fieldset className="stacked-bars" ref={group}>
          <legend className="hidden">{label}</legend>
          {columns.map((column, index) => (
            <Bar
              key={column.from}
              column={column}
              topNanos={topNanos}
              index={index}
              name={`${bucketSpan(column, bucket, timeZone)}: ${usd(exactUsd(column.nanos))}`}
              isPicked={index === pickedIndex}
              isReachable={index === reachable}
              onPoint={setPointed}
              onMove={move}
              onPick={onPick}
            />
          ))}
        </fieldset>
        {shown !== null && columns[shown] && (
          <Readout
            column={columns[shown]}
            title={bucketSpan(columns[shown], bucket, timeZone)}
            isLeft={shown > columns.length / 2}
          />
        )}
      </div>
      <div className="stacked-labels" aria-hidden="true">
        {columns.map(
          ({ from }, index) =>
            index % every === 0 && (
              <span key={from} style={{ left: `${((index + 0.5) / columns.length) * 100}%` }}>
                {bucketLabel(from, bucket, timeZone)}
              </span>
            ),
        )}
      </div>
    </figure>
  )
}

function lastSpent(columns: readonly BarColumn[]): number {
  let last = 0
  columns.forEach(({ nanos }, index) => {
    if (nanos > 0) last = index
  })
  return last
}

interface BarProps {
  column: BarColumn
  topNanos: number
  index: number
  name: string
  isPicked: boolean
  isReachable: boolean
  onPoint: (index: number | null) => void
  onMove: (event: KeyboardEvent) => void
  onPick: (from: string | null) => void
}

const Bar = memo(function Bar({
  column,
  topNanos,
  index,
  name,
  isPicked,
  isReachable,
  onPoint,
  onMove,
  onPick,
}: BarProps) {
  return (
    <button
      type="button"
      className={column.isFuture ? 'stacked-bar is-future' : 'stacked-bar'}
      aria-label={name}
      aria-pressed={isPicked}
      disabled={column.isFuture}
      tabIndex={isReachable ? 0 : -1}
      onPointerEnter={() => onPoint(index)}
      onPointerLeave={() => onPoint(null)}
      onBlur={() => onPoint(null)}
      onKeyDown={onMove}
      onFocus={() => onPoint(index)}
      onClick={() => onPick(isPicked ? null : column.from)}
    >
      {column.parts.map(({ colour, nanos }) => (
        <span key={colour} className={colourClass(colour)} style={{ height: `${(nanos / topNanos) * 100}%` }} />
      ))}
    </button>
  )
}, sameBar)

/** A bar is made again with every answer, and seldom looks another. */
function sameBar(before: BarProps, after: BarProps): boolean {
  return (
    before.name === after.name &&
    before.topNanos === after.topNanos &&
    before.isPicked === after.isPicked &&
    before.isReachable === after.isReachable &&
    before.onPick === after.onPick &&
    before.column.isFuture === after.column.isFuture &&
    before.column.parts.length === after.column.parts.length &&
    before.column.parts.every(({ colour, nanos }, part) => {
      const other = after.column.parts[part]
      return other?.colour === colour && other.nanos === nanos
    })
  )
}

export function colourClass(colour: number | null): string {
  return `series-colour ${colour === null ? 'series-rest' : `series-${colour + 1}`}`
}

/** What the bar under the pointer is made of. The button says the same to a screen reader. */
function Readout({ column, title, isLeft }: { column: BarColumn; title: string; isLeft: boolean }) {
  return (
    <div className={isLeft ? 'stacked-readout is-left' : 'stacked-readout'} aria-hidden="true">
      <strong>{title}</strong>
      <span className="number">{usd(exactUsd(column.nanos))}</span>
      {[...column.parts].reverse().map(({ colour, name, nanos }) => (
        <span key={colour} className="stacked-readout-part">
          <i className={colourClass(colour)} />
          <span>{name}</span>
          <span className="number">{usd(exactUsd(nanos))}</span>
        </span>
      ))}
    </div>
  )
}
