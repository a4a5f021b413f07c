// @vitest-environment happy-dom
import { act } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { refusalSentence } from '../../../shared/calls/call-notes.ts'
import { aCall } from '../fixtures/world.ts'
import type { SpendPlotOptions } from '../../../renderer/components/charts/spend-plot.ts'
import { NOW, open, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

// This DOM has no canvas; the plot is looked at in a real browser.
const plot = vi.hoisted(() => ({ options: null as SpendPlotOptions | null }))
vi.mock('../../../renderer/components/charts/spend-plot.ts', () => ({
  createSpendPlot: (_host: HTMLElement, _curve: unknown, options: SpendPlotOptions) => {
    plot.options = options
    return { update: (_next: unknown, next: SpendPlotOptions) => void (plot.options = next), destroy: () => {} }
  },
}))

let app: RenderedApp
beforeEach(() => {
  plot.options = null
  stopTheClock()
})
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})

const sentence = () => document.querySelector('[data-testid=rise]')?.textContent
const slider = () => document.querySelector<HTMLInputElement>('input[type=range]')!
const slideTo = (value: number) =>
  act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(slider(), String(value))
    slider().dispatchEvent(new Event('input', { bubbles: true }))
  })
const clickAt = async (time: string) => {
  await act(() => vi.dynamicImportSettled())
  await act(async () => plot.options!.onPick(Date.parse(`2026-11-23T${time}Z`) / 1_000))
}

describe('a rise of the chart', () => {
  test('is explained when it is clicked, with the way to its cause and its calls, and let go again', async () => {
    app = await open('busy')
    expect(sentence()).toContain('Steepest rise: codex in web (feat/checkout)')
    await clickAt('09:07:00')
    expect(app.api.log).toContain('why 2026-11-23T09:00:00.000Z')
    expect(sentence()).toMatch(/^10:00–10:15, \$\d.*: .* spent/)
    expect(plot.options?.pickedSeconds).toBe(Date.parse('2026-11-23T09:15:00Z') / 1_000)
    const href = document.querySelector('[data-testid=rise] a')?.getAttribute('href') ?? ''
    await app.click(app.role('button', 'Back to the steepest rise'))
    expect(sentence()).toContain('Steepest rise')
    await app.visit(href)
    expect(app.role('link', 'See its calls').getAttribute('href')).toMatch(/^#\/calls\?since=.*&until=.*&session=/)
  })

  test('is no rise where nothing was spent', async () => {
    app = await open('busy')
    await clickAt('09:07:00')
    await clickAt('03:00:00')
    expect(sentence()).toContain('Steepest rise')
  })

  test('is reached by keyboard as well, from one to the next', async () => {
    app = await open('busy')
    expect(slider().getAttribute('aria-valuetext')).toMatch(/^15:45–16:00, \$/)
    await slideTo(0)
    expect(sentence()).toMatch(/^08:\d\d–\d\d:\d\d, \$/)
    expect(slider().getAttribute('aria-valuetext')).toMatch(/^08:\d\d–\d\d:\d\d, \$/)
    await act(async () => slider().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })))
    expect(sentence()).toContain('Steepest rise')
  })

  test('is not offered before anything was spent', async () => {
    app = await open('empty')
    expect(slider()).toBeNull()
    expect(sentence()).toBeUndefined()
  })
})

describe('a call', () => {
  const missed = {
    tokens: 44_000,
    costUsd: '0.118800000',
    cause: 'prefix-changed' as const,
    message: { index: 2, role: 'user' },
    callId: 'call-110',
  }
  const tell = async (change: Parameters<typeof aCall>[0]) => {
    const call = aCall({ id: 'told', seq: 9_500, startedAt: new Date(NOW - 5_000).toISOString(), ...change })
    await act(async () => app.api.push({ type: 'call', seq: 9_500, call }))
    await pass(100)
  }
  const panel = () => document.querySelector('aside[aria-label=Call]')?.textContent

  test('that missed the cache says in its row what was paid again, and in its panel why', async () => {
    app = await open('busy', '#/calls')
    await tell({ cacheMiss: missed })
    expect(document.querySelector('tbody .row-note')?.textContent).toBe('44k cached tokens paid again')
    await app.visit('#/calls/told')
    expect(panel()).toContain('paid for again, $0.12 more than reading them: message 3 (user) has changed.')
    expect(app.role('link', 'The turn before').getAttribute('href')).toBe('#/calls/call-110')
  })

  test('that was cut short says so in its row, and one that was only limited in its panel', async () => {
    app = await open('busy', '#/calls')
    await tell({ clampedTo: 910 })
    expect(document.querySelector('tbody .row-note')?.textContent).toBe('answer cut short at 910 tokens')
    await tell({ id: 'limited', clampedTo: 1_200 })
    expect(document.querySelectorAll('tbody tr')[0]?.querySelector('.row-note')).toBeNull()
    await app.visit('#/calls/limited')
    expect(panel()).toContain('limited to 1.2k tokens of output to fit what the budget has left')
  })

  test('that was refused says why once: in its row, and in its panel', async () => {
    app = await open('cap', '#/calls')
    const { message } = app.api.world.calls.find(({ state }) => state === 'refused')!.refusal!
    const reason = refusalSentence(message)
    expect(reason).toMatch(/^Spend cap reached: /)
    expect(document.querySelector('tbody .row-note')?.textContent).toBe(reason)
    await app.visit('#/calls/call-9013')
    expect(panel()?.split(reason)).toHaveLength(2)
  })

  test('leads to the others of its conversation', async () => {
    app = await open('busy', '#/calls')
    await tell({ conversation: 'c_alone' })
    await app.visit('#/calls/told')
    await app.visit(app.role('link', 'its conversation').getAttribute('href') ?? '')
    expect(document.querySelectorAll('tbody tr')).toHaveLength(1)
  })

  test('is reached from the live calls, the conversations and where the money went', async () => {
    app = await open('busy')
    const hrefs = [...document.querySelectorAll('main a')].map((link) => link.getAttribute('href'))
    expect(hrefs).toContain('#/calls/call-9002')
    expect(hrefs).toContain('#/conversations/c_invoices')
    expect(hrefs).toContain('#/calls?project=web')
  })
})

test('of many questions the most urgent ones are shown, and the rest on request', async () => {
  app = await open('asks')
  const shown = () => document.querySelectorAll('[aria-label=Question]').length
  expect(shown()).toBe(3)
  await app.click(app.role('button', '3 more questions'))
  expect(shown()).toBe(6)
})
