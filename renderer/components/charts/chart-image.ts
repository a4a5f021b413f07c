import type { Bucket } from '../../../shared/contract/explore.ts'
import { formatUsd } from '../../../shared/values/money.ts'
import type { Bars } from '../../derive/spend/bars.ts'
import { bucketLabel } from '../../derive/format/times.ts'

const WIDTH = 1_200
const HEIGHT = 560
const PLOT = { left: 86, top: 84, width: 1_084, height: 380 }
const MAX_LABELS = 12
/** Drawn twice as large, so that it is sharp in a document. */
const SCALE = 2

interface ChartImage {
  bars: Bars
  bucket: Bucket
  timeZone: string
  title: string
  subtitle: string
}

/** The chart with its title, scale and legend, in the colours that the window has now. */
export function drawChart({ bars, bucket, timeZone, title, subtitle }: ChartImage): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH * SCALE
  canvas.height = HEIGHT * SCALE
  const context = canvas.getContext('2d')
  if (!context) return Promise.resolve(null)
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const seriesColour = (index: number | null) => colour(index === null ? '--series-rest' : `--series-${index + 1}`)
  const font = getComputedStyle(document.body).fontFamily
  const text = (words: string, x: number, y: number, size: number, fill: string, align: CanvasTextAlign = 'left') => {
    context.font = `${size}px ${font}`
    context.fillStyle = fill
    context.textAlign = align
    context.fillText(words, x, y)
  }
  context.scale(SCALE, SCALE)
  context.fillStyle = colour('--surface')
  context.fillRect(0, 0, WIDTH, HEIGHT)
  text(title, 24, 38, 20, colour('--text'))
  text(subtitle, 24, 60, 14, colour('--text-quiet'))

  for (const part of [0, 0.5, 1]) {
    const y = PLOT.top + PLOT.height * (1 - part)
    context.fillStyle = colour('--line')
    context.fillRect(PLOT.left, y, PLOT.width, 1)
    text(formatUsd(Math.round(bars.topNanos * part)), PLOT.left - 10, y + 4, 12, colour('--text-quiet'), 'right')
  }
  const step = PLOT.width / bars.columns.length
  const every = Math.max(1, Math.ceil(bars.columns.length / MAX_LABELS))
  bars.columns.forEach(({ from, parts }, index) => {
    let y = PLOT.top + PLOT.height
    for (const part of parts) {
      const height = (part.nanos / bars.topNanos) * PLOT.height
      y -= height
      context.fillStyle = seriesColour(part.colour)
      context.fillRect(PLOT.left + index * step + step * 0.1, y, step * 0.8, height)
    }
    if (index % every === 0) {
      const x = PLOT.left + (index + 0.5) * step
      text(bucketLabel(from, bucket, timeZone), x, PLOT.top + PLOT.height + 20, 12, colour('--text-quiet'), 'center')
    }
  })
  let x = PLOT.left
  for (const { colour: index, name } of bars.legend) {
    context.fillStyle = seriesColour(index)
    context.fillRect(x, HEIGHT - 34, 10, 10)
    text(name, x + 16, HEIGHT - 25, 13, colour('--text-soft'))
    x += 40 + context.measureText(name).width
  }
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
