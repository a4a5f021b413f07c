import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../../../renderer/styles/foundation/tokens.css', import.meta.url), 'utf8')
const [base = '', darkPart = ''] = css.split(':root[data-theme="dark"]')
const coloursIn = (text: string) =>
  Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]))
const light = coloursIn(base)
const themes = { light, dark: { ...light, ...coloursIn(darkPart) } }

/** Text and the surfaces that it stands on; WCAG AA asks for 4.5 : 1. */
const TEXT: [string, string][] = [
  ...['canvas', 'surface', 'surface-soft', 'surface-hover', 'track', 'accent-soft'].map((on): [string, string] => [
    'text-quiet',
    on,
  ]),
  ...['surface', 'track', 'info-soft', 'warn-soft', 'stop-soft'].map((on): [string, string] => ['text-soft', on]),
  ['warn-text', 'warn-soft'],
  ['warn-text', 'surface'],
  ['warn-text', 'surface-hover'],
  ['warn-text', 'accent-soft'],
  ['text', 'accent-soft'],
  ['text', 'surface-hover'],
  ['stop-text', 'stop-soft'],
  ['stop-text', 'surface'],
  ['accent', 'accent-soft'],
  ['accent', 'surface'],
  ['accent', 'canvas'],
  ['on-accent', 'accent'],
]
/** The edge of a control, and a gauge against its track: 3 : 1, or as near as its own word beside it allows. */
const SHAPES: [string, string, number][] = [
  ['line-control', 'surface', 3],
  ['accent', 'track', 3],
  ['stop', 'track', 3],
  ['warn', 'track', 2.7],
  ['info', 'info-soft', 3],
]

describe.each(Object.entries(themes))('in the %s theme', (_name, colours) => {
  test.each(TEXT)('%s can be read on %s', (text, surface) => {
    expect(contrast(colours[text]!, colours[surface]!)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(SHAPES)('%s can be seen on %s', (shape, surface, least) => {
    expect(contrast(colours[shape]!, colours[surface]!)).toBeGreaterThanOrEqual(least)
  })
})

function contrast(a: string, b: string): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
