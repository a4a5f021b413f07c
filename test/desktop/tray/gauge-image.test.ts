import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Gauge, drawGauge } from '../../../main/desktop/tray/gauge-image.ts'

const SIZE_PX = 44

/** The pixels of a PNG of ours: one IDAT, no filters. */
function pixels(gauge: Partial<Gauge>): { at: (x: number, y: number) => number[]; opaque: number } {
  const png = drawGauge({ sizePx: SIZE_PX, ratio: 0.5, tone: 'calm', theme: 'dark', ...gauge })
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([SIZE_PX, SIZE_PX])
  const start = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)))
  const at = (x: number, y: number) => [...rows.subarray(y * (SIZE_PX * 4 + 1) + 1 + x * 4).subarray(0, 4)]
  let opaque = 0
  for (let y = 0; y < SIZE_PX; y++) for (let x = 0; x < SIZE_PX; x++) if ((at(x, y)[3] ?? 0) > 250) opaque++
  return { at, opaque }
}

describe('the gauge in the tray', () => {
  it('is fuller the more is spent', () => {
    const areas = [0, 0.25, 0.5, 0.75, 1].map((ratio) => pixels({ ratio }).opaque)
    expect(areas).toEqual([...areas].sort((a, b) => a - b))
    expect(new Set(areas).size).toBe(5)
  })

  it('fills clockwise from the lower left, and is open at the bottom', () => {
    const { at } = pixels({ ratio: 0.5 })
    const [left, right, bottom] = [at(5, 22), at(38, 22), at(22, 38)]
    expect(left?.[3]).toBe(255)
    expect(right?.[3]).toBeLessThan(128)
    expect(bottom?.[3]).toBe(0)
  })

  it('is red when the cap is reached', () => {
    const [red = 0, green = 0, blue = 0] = pixels({ ratio: 1, tone: 'stop' }).at(5, 22)
    expect(red).toBeGreaterThan(2 * Math.max(green, blue))
  })

  it('is black alone as a template, for macOS to tint', () => {
    const { at } = pixels({ ratio: 1, tone: 'stop', theme: 'template' })
    expect(at(5, 22)).toEqual([0, 0, 0, 255])
  })

  it('has a mark for stop that needs no colour', () => {
    expect(pixels({ tone: 'stop' }).at(15, 22)[3]).toBe(255)
    expect(pixels({ tone: 'calm' }).at(15, 22)[3]).toBe(0)
  })
})
