import { useEffect, useRef } from 'react'
import { formatUsd, NANOS_PER_USD } from '../../shared/money.ts'
import type { SpendCurve } from '../derive/spend-curve.ts'
import { clock } from '../derive/times.ts'
import type { SpendPlot, SpendPlotOptions } from './spend-plot.ts'

interface SpendChartProps {
  curve: SpendCurve
  limitUsd: number | null
  timeZone: string
  /** The chart in a sentence, for who does not see it. */
  summary: string
}

/** Today's spend: the total as a line, each step's cost below it, the present pace as dots. The plot is loaded when shown. */
export function SpendChart({ curve, limitUsd, timeZone, summary }: SpendChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<SpendPlot | null>(null)
  const latest = useRef({ curve, options: plotOptions(limitUsd, timeZone) })
  latest.current = { curve, options: plotOptions(limitUsd, timeZone) }

  useEffect(() => {
    let gone = false
    void import('./spend-plot.ts').then(({ createSpendPlot }) => {
      if (gone || !host.current) return
      plot.current = createSpendPlot(host.current, latest.current.curve, latest.current.options)
    })
    return () => {
      gone = true
      plot.current?.destroy()
      plot.current = null
    }
  }, [])

  useEffect(() => {
    plot.current?.update(curve, plotOptions(limitUsd, timeZone))
  }, [curve, limitUsd, timeZone])

  return <div className="spend-chart" ref={host} role="img" aria-label={summary} />
}

function plotOptions(limitUsd: number | null, timeZone: string): SpendPlotOptions {
  return {
    limitUsd,
    timeZone,
    clock: (seconds) => clock(seconds * 1_000, timeZone),
    money: (dollars) => formatUsd(Math.round(dollars * NANOS_PER_USD)),
  }
}
