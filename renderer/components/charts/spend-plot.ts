import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { SpendCurve } from '../../derive/spend/spend-curve.ts'

/** The columns of the data, after the times. */
const STEPS = 1
const TOTAL = 2

export interface SpendPlotOptions {
  limitUsd: number | null
  /** The end of the step that is picked, in epoch seconds. */
  pickedSeconds: number | null
  timeZone: string
  /** Epoch seconds to the text of an axis or tooltip. */
  clock: (seconds: number) => string
  money: (dollars: number) => string
  /** A moment was clicked, in epoch seconds. */
  onPick: (seconds: number) => void
}

export interface SpendPlot {
  update: (curve: SpendCurve, options: SpendPlotOptions) => void
  destroy: () => void
}

/** Where uPlot is used: a canvas that takes its colours from the theme's variables each time it draws. */
export function createSpendPlot(host: HTMLElement, curve: SpendCurve, first: SpendPlotOptions): SpendPlot {
  let options = first
  const colour = (name: string) => getComputedStyle(host).getPropertyValue(name).trim()
  const stepped = uPlot.paths.stepped!({ align: 1 })
  // Not bars: their width is that of the narrowest step, and the step that is still running is as narrow as it is young.
  const blocks = uPlot.paths.stepped!({ align: -1 })
  const font = `11px ${getComputedStyle(host).fontFamily}`
  const tooltip = makeTooltip(host)

  // Only the total is marked where the pointer is; the step below it is told by the tooltip.
  const onTotal = (name: string) => (_plot: uPlot, series: number) => (series === TOTAL ? colour(name) : 'transparent')

  const axis: uPlot.Axis = { stroke: () => colour('--text-quiet'), font, ticks: { show: false } }
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [10, 18, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), options.timeZone),
      legend: { show: false },
      cursor: {
        y: false,
        dataIdx: (drawn, _series, _nearest, atSeconds) => stepAround(drawn, atSeconds),
        points: { size: 9, width: 2, fill: onTotal('--accent'), stroke: onTotal('--surface') },
        drag: { x: false, y: false },
      },
      scales: {
        x: { time: true },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.12 : 1] },
        // The steps keep to the lower third, under the line.
        step: { range: (_plot, _min, max) => [0, max > 0 ? max * 3 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 24, space: 64, values: (_plot, ticks) => ticks.map(options.clock) },
        {
          ...axis,
          size: 52,
          space: 36,
          grid: { stroke: () => colour('--line'), width: 1 },
          values: (_plot, ticks) => ticks.map(options.money),
        },
      ],
      series: [
        {},
        { scale: 'step', paths: blocks, fill: () => colour('--chart-step'), width: 0, points: { show: false } },
        {
          scale: 'y',
          paths: stepped,
          stroke: () => colour('--accent'),
          fill: () => colour('--chart-fill'),
          width: 2,
          points: { show: false },
        },
        {
          scale: 'y',
          stroke: () => colour('--text-quiet'),
          width: 1.5,
          dash: [2, 5],
          spanGaps: true,
          points: { show: false },
        },
      ],
      hooks: {
        setCursor: [(drawn) => tooltip.show(drawn, options)],
        draw: [
          (drawn) => drawPicked(drawn, options.pickedSeconds, colour('--accent')),
          (drawn) => drawLimit(drawn, options.limitUsd, colour('--stop')),
        ],
      },
    },
    columns(curve),
    host,
  )
  const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: host.clientHeight }))
  resize.observe(host)
  plot.over.addEventListener('click', () => {
    const { left = -1 } = plot.cursor
    if (left >= 0) options.onPick(plot.posToVal(left, 'x'))
  })
  const theme = matchMedia('(prefers-color-scheme: dark)')
  const redraw = () => plot.redraw(false)
  theme.addEventListener('change', redraw)

  return {
    update: (next, nextOptions) => {
      options = nextOptions
      plot.setData(columns(next))
      plot.redraw(false)
    },
    destroy: () => {
      theme.removeEventListener('change', redraw)
      resize.disconnect()
      plot.destroy()
    },
  }
}

function columns(curve: SpendCurve): uPlot.AlignedData {
  return [curve.seconds, curve.steps, curve.total, curve.forecast]
}

/** The step that a moment belongs to: steps are drawn where they end, so the nearest end may be another's. */
function stepAround(plot: uPlot, atSeconds: number): number {
  const seconds = plot.data[0]
  const index = seconds.findIndex((end) => end >= atSeconds)
  return index < 0 ? seconds.length - 1 : index
}

/** The picked step, full height in its own colour, so that it is found again among its neighbours. */
function drawPicked(plot: uPlot, pickedSeconds: number | null, fill: string): void {
  const seconds = plot.data[0]
  const index = pickedSeconds === null ? -1 : stepAround(plot, pickedSeconds)
  const step = plot.data[STEPS]?.[index]
  if (index < 1 || step === null || step === undefined) return
  const left = plot.valToPos(seconds[index - 1]!, 'x', true)
  const right = plot.valToPos(seconds[index]!, 'x', true)
  const top = plot.valToPos(step, 'step', true)
  const { ctx, bbox } = plot
  ctx.save()
  ctx.fillStyle = fill
  ctx.fillRect(left, top, Math.max(2, right - left), bbox.top + bbox.height - top)
  ctx.restore()
}

/** The cap as a line, only while it is near enough to be in the picture: it must not flatten the day's curve. */
function drawLimit(plot: uPlot, limitUsd: number | null, stroke: string): void {
  const top = plot.scales.y?.max ?? 0
  if (limitUsd === null || limitUsd > top) return
  const y = Math.round(plot.valToPos(limitUsd, 'y', true))
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = stroke
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

function makeTooltip(host: HTMLElement) {
  const box = document.createElement('div')
  box.className = 'plot-tooltip'
  box.hidden = true
  host.append(box)
  return {
    show(plot: uPlot, options: SpendPlotOptions): void {
      const index = plot.cursor.idxs?.[TOTAL]
      const total = index === null || index === undefined ? null : plot.data[TOTAL]![index]
      if (index === null || index === undefined || total === null || total === undefined) {
        box.hidden = true
        return
      }
      const step = plot.data[STEPS]![index]
      box.hidden = false
      box.textContent = ''
      box.append(
        line('plot-tooltip-time', options.clock(plot.data[0][index]!)),
        line('plot-tooltip-total', options.money(total)),
        line('plot-tooltip-step', step ? `+${options.money(step)}, click for why` : ''),
      )
      const left = plot.valToPos(plot.data[0][index]!, 'x') + plot.bbox.left / devicePixelRatio
      const flip = left > host.clientWidth - 170
      box.style.transform = `translate(${Math.round(flip ? left - box.offsetWidth - 12 : left + 12)}px, 8px)`
    },
  }
}

function line(className: string, text: string): HTMLElement {
  const element = document.createElement('div')
  element.className = className
  element.textContent = text
  return element
}
