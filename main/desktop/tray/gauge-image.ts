import { encodePng } from './png.ts'
import type { Tone } from './shell-view.ts'

/** Red, green, blue: 0 … 255. */
type Ink = readonly [number, number, number]

export interface Gauge {
  sizePx: number
  /** How much of the ring is filled, 0 … 1; null draws the ring alone. */
  ratio: number | null
  tone: Tone
  /** `template`: black and transparent only, for the system to tint (macOS). */
  theme: 'light' | 'dark' | 'template'
}

/** On a panel neither colour may depend on luck: each has contrast on white and on black. */
const TONE_INK: Record<Tone, Ink | null> = { calm: null, warn: [224, 138, 0], stop: [220, 50, 47], off: null }
const THEME_INK: Record<Gauge['theme'], Ink> = { light: [38, 42, 48], dark: [236, 238, 241], template: [0, 0, 0] }

/** The gap at the bottom, so that it reads as a gauge and not as a circle. */
const GAP_RADIANS = Math.PI / 2
/** The unfilled part, as a part of full ink. */
const TRACK_ALPHA = 0.32
const OFF_ALPHA = 0.45

/** Draws a small gauge as PNG: a ring open at the bottom, filled clockwise, with a dot in its middle while all is well or a bar when stopped. */
export function drawGauge({ sizePx, ratio, tone, theme }: Gauge): Buffer {
  const base = THEME_INK[theme]
  const filled = theme === 'template' ? base : (TONE_INK[tone] ?? base)
  const rgba = new Uint8Array(sizePx * sizePx * 4)
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++) {
      const point = toUnit(x, y, sizePx)
      const edge = 2 / sizePx
      const ring = ringCoverage(point, edge)
      const isFilled = ratio !== null && sweep(point) <= ratio
      const ringAlpha = ring * (isFilled ? 1 : tone === 'off' ? OFF_ALPHA : TRACK_ALPHA)
      const mark = markCoverage(point, tone, edge)
      const ink = mark > 0 || isFilled ? filled : base
      rgba.set([...ink, Math.round(255 * Math.max(ringAlpha, mark))], (y * sizePx + x) * 4)
    }
  return encodePng(rgba, sizePx, sizePx)
}

/** −1 … 1 from the middle, y down. */
function toUnit(x: number, y: number, sizePx: number): { x: number; y: number } {
  return { x: ((x + 0.5) / sizePx) * 2 - 1, y: ((y + 0.5) / sizePx) * 2 - 1 }
}

/** Where on the ring: 0 at the left end of the gap, 1 at the right end, past 1 inside the gap. */
function sweep({ x, y }: { x: number; y: number }): number {
  const fromBottom = (Math.atan2(-x, y) + Math.PI * 2) % (Math.PI * 2)
  return (fromBottom - GAP_RADIANS / 2) / (Math.PI * 2 - GAP_RADIANS)
}

function ringCoverage(point: { x: number; y: number }, edge: number): number {
  const along = sweep(point)
  if (along < 0 || along > 1) return 0
  const distance = Math.abs(Math.hypot(point.x, point.y) - 0.76) - 0.16
  return soften(distance, edge)
}

function markCoverage(point: { x: number; y: number }, tone: Tone, edge: number): number {
  switch (tone) {
    case 'off':
      return 0
    case 'stop':
      return soften(Math.max(Math.abs(point.x) - 0.36, Math.abs(point.y) - 0.14), edge)
    default:
      return soften(Math.hypot(point.x, point.y) - 0.24, edge)
  }
}

/** 1 inside, 0 outside, in between over one pixel: a ring without it looks sawn at 22 pixels. */
function soften(distance: number, edge: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance / edge))
}
