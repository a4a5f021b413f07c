// @vitest-environment happy-dom
import { act } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { choose, open, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

let app: RenderedApp
beforeEach(stopTheClock)
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})

const cheaper = () => document.querySelector('.cheaper')
const picker = () => document.querySelector<HTMLInputElement>('.what-if input')!
const ask = async (model: string) => {
  await app.type(picker(), model)
  await act(async () => picker().form!.requestSubmit())
}

const names = () =>
  [...document.querySelectorAll('table')[0]!.querySelectorAll('tbody th')].map((cell) => cell.textContent)
const bar = (name: RegExp) =>
  [...document.querySelectorAll<HTMLElement>('.stacked-bar')].find((one) =>
    name.test(one.getAttribute('aria-label') ?? ''),
  )!

describe('spend', () => {
  test('can be asked by any dimension and further back, and the address says so', async () => {
    app = await open('busy', '#/spend')
    await app.click(app.role('button', '7 days'))
    await choose(document.querySelector<HTMLSelectElement>('select[aria-label="Split by"]')!, 'provider')
    await pass(100)
    expect(app.api.log).toContain('explore provider')
    expect(names()).toEqual(['anthropic', 'openai', 'google'])
    expect(window.location.hash).toBe('#/spend?range=7d&by=provider')
    expect(document.querySelectorAll('.stacked-bar')).toHaveLength(7)
  })

  test('comes back from its address as it was left', async () => {
    app = await open('busy', '#/spend?range=30d&by=agent&bucket=week&project=web')
    expect(names()).toEqual(['codex', 'vitest'])
    expect(app.role('button', 'Week').getAttribute('aria-pressed')).toBe('true')
    expect(app.role('button', '30 days').getAttribute('aria-pressed')).toBe('true')
    await app.click(app.role('button', 'Remove the filter Project: web'))
    expect(window.location.hash).toBe('#/spend?range=30d&by=agent&bucket=week')
  })

  test('is filtered by what there is', async () => {
    app = await open('busy', '#/spend')
    await pass(100)
    await choose(
      document.querySelector<HTMLSelectElement>('select[aria-label="Add a filter"]')!,
      '["project","billing"]',
    )
    await pass(100)
    expect(names()).toEqual(['billing'])
    expect(window.location.hash).toBe('#/spend?project=billing')
  })

  test('leads from a name to exactly its calls, in the same time, and from one of them back', async () => {
    app = await open('busy', '#/spend?range=7d')
    const calls = Number(document.querySelectorAll('tbody tr')[0]!.querySelectorAll('td')[3]?.textContent)
    await app.visit(app.role('link', 'billing').getAttribute('href') ?? '')
    expect(window.location.hash).toBe('#/calls?range=7d&project=billing')
    expect(document.querySelector('[role=status].filters-count')?.textContent).toContain(`${calls} calls`)
    const rows = () => [...document.querySelectorAll('tbody tr')]
    expect(rows().every((row) => row.textContent?.includes('billing'))).toBe(true)
    await app.click(rows()[1]!.querySelector('button')!)
    expect(document.querySelector('aside[aria-label=Call]')).not.toBeNull()
    await app.press('Escape')
    expect(window.location.hash).toBe('#/calls?range=7d&project=billing')
  })

  test('leads from a bar to its cause and to exactly its calls', async () => {
    app = await open('busy', '#/spend?project=web')
    await app.click(bar(/14:00–15:00/))
    expect(document.querySelector('.picked')?.textContent).toContain('14:00–15:00')
    expect(app.role('link', 'See its calls').getAttribute('href')).toBe(
      '#/calls?since=2026-11-23T13%3A00%3A00.000Z&until=2026-11-23T14%3A00%3A00.000Z&project=web',
    )
    await app.visit(app.role('link', 'Find the cause').getAttribute('href') ?? '')
    expect(document.querySelector('[aria-label=Cause] h2')?.textContent).toBe('A loop')
    expect(app.role('link', 'Cap this').getAttribute('href')).toBe('#/policy?cap=&project=web')
  })
})

describe('cheaper models', () => {
  test('are suggested by kind of work, with what they would have saved and what that rests on', async () => {
    app = await open('busy', '#/spend')
    const [first] = [...cheaper()!.querySelectorAll('tbody tr')]
    expect(first?.textContent).toMatch(
      /^claude-sonnet-4-5 tool loopon claude-haiku-4-5\d+ calls · [\d.]+[kM] tokens in, \d+ % cached · [\d.]+k outclaude-haiku-4-5 \$\d/,
    )
    expect(first?.textContent).toMatch(/67 % \$\d+\.\d\d$/)
    expect(cheaper()?.textContent).toMatch(/up to \$\d+\.\d\d less in this time/)
    expect(cheaper()?.textContent).toContain('gpt-5-mini by policy')
  })

  test('are compared with all spend by one click, and the comparison goes away again', async () => {
    app = await open('busy', '#/spend')
    await app.click(app.role('button', 'claude-haiku-4-5'))
    expect(app.api.log).toContain('spend model on claude-haiku-4-5')
    expect(app.text()).toMatch(/\$\d+\.\d\d on claude-haiku-4-5 instead of \$\d+\.\d\d −67 %/)
    expect(picker().value).toBe('claude-haiku-4-5')
    await app.click(app.role('button', 'Stop comparing'))
    expect(app.text()).not.toContain('instead of')
    expect(picker().value).toBe('')
  })

  test('may be any model, also one that costs more', async () => {
    app = await open('busy', '#/spend')
    await ask('claude-sonnet-4-5')
    expect(app.text()).toMatch(/\$\d+\.\d\d on claude-sonnet-4-5 instead of \$\d+\.\d\d \+40 %/)
  })

  test('that nobody sells are said so, and the report stays', async () => {
    app = await open('busy', '#/spend')
    await ask('acme-70b')
    expect(document.querySelector('.what-if [role=alert]')?.textContent).toBe('no price is known for "acme-70b"')
    expect(app.text()).not.toContain('instead of')
    expect(names()).toContain('billing')
  })

  test('are not spoken of where nothing was spent', async () => {
    app = await open('empty', '#/spend')
    await pass(100)
    expect(app.text()).toContain('Nothing was spent today.')
    expect(cheaper()).toBeNull()
  })

  test('that would save nothing are not made up', async () => {
    app = await open('busy')
    app.api.suggestions = () => Promise.resolve([])
    await app.visit('#/spend')
    expect(cheaper()?.textContent).toContain('No kind of work would have cost noticeably less')
  })
})
