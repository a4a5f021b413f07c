import { useEffect, useRef } from 'react'
import { formatUsd, NANOS_PER_USD } from '../../../shared/values/money.ts'
import { usd } from '../../derive/format/amounts.ts'
import { type Rise, riseAt } from '../../derive/spend/rises.ts'
import type { SpendCurve } from '../../derive/spend/spend-curve.ts'
import { clock } from '../../derive/format/times.ts'
import type { SpendPlot, SpendPlotOptions } from './spend-plot.ts'

interface SpendChartProps {
  curve: SpendCurve
  limitUsd: number | null
  timeZone: string
  /** The chart in a sentence, for who does not see it. */
  summary: string
  rises: readonly Rise[]
  picked: Rise | null
  /** A rise was pointed at; null: a place where there is none. */
  onPick: (rise: Rise | null) => void
}

/** Today's spend: the total as a line, each step's cost below it, the present pace as dots. The plot is loaded when shown. */
export function SpendChart({ curve, limitUsd, timeZone, summary, rises, picked, onPick }: SpendChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<SpendPlot | null>(null)
  const latest = useRef<{ curve: SpendCurve; options: SpendPlotOptions } | null>(null)
  const pickedSeconds = picked === null ? null : picked.untilMs / 1_000
  latest.current = {
    curve,
    options: {
      limitUsd,
      pickedSeconds,
      timeZone,
      clock: (seconds) => clock(seconds * 1_000, timeZone),
      money: (dollars) => formatUsd(Math.round(dollars * NANOS_PER_USD)),
      onPick: (seconds) => onPick(riseAt(rises, seconds * 1_000)),
    },
  }

  useEffect(() => {
    let gone = false
    void import('./spend-plot.ts').then(({ createSpendPlot }) => {
      if (gone || !host.current || !latest.current) return
      plot.current = createSpendPlot(host.current, latest.current.curve, latest.current.options)
    })
    return () => {
      gone = true
      plot.current?.destroy()
      plot.current = null
    }
  }, [])

  useEffect(() => {
    if (latest.current) plot.current?.update(curve, latest.current.options)
  }, [curve, limitUsd, timeZone, pickedSeconds, rises])

  return (
    <div className="spend-chart">
      <div className="spend-plot" ref={host} role="img" aria-label={summary} />
      {rises.length > 0 && <RiseSlider rises={rises} picked={picked} timeZone={timeZone} onPick={onPick} />}
    </div>
  )
}

/** The same choice by keyboard: arrows go from rise to rise, Escape lets go. */
function RiseSlider({
  rises,
  picked,
  timeZone,
  onPick,
}: Pick<SpendChartProps, 'rises' | 'picked' | 'timeZone' | 'onPick'>) {
  const last = rises.length - 1
  const index = picked === null ? last : rises.findIndex(({ fromMs }) => fromMs === picked.fromMs)
  const rise = rises[index]
  return (
    <input
      className="rise-slider"
      type="range"
      aria-label="Rises of today's spend"
      aria-valuetext={rise && riseWords(rise, timeZone)}
      min={0}
      max={last}
      value={Math.max(0, index)}
      onChange={(event) => onPick(rises[Number(event.target.value)] ?? null)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onPick(rise ?? null)
        if (event.key === 'Escape') onPick(null)
      }}
    />
  )
}

/** `14:30–14:45, $0.31`. */
export function riseWords({ fromMs, untilMs, costUsd }: Rise, timeZone: string): string {
  return `${clock(fromMs, timeZone)}–${clock(untilMs, timeZone)}, ${usd(costUsd)}`
}
