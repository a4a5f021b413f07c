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

const titles = () =>
  [...document.querySelectorAll('table')[0]!.querySelectorAll('thead th')].map((cell) => cell.textContent)
const cheaper = () => document.querySelector('.cheaper')
const picker = () => document.querySelector<HTMLInputElement>('.what-if input')!
const ask = async (model: string) => {
  await app.type(picker(), model)
  await act(async () => picker().form!.requestSubmit())
}

test('spend can be asked by any dimension and further back', async () => {
  app = await open('busy', '#/spend')
  await app.click(app.role('button', '7 days'))
  await choose(document.querySelector<HTMLSelectElement>('select[aria-label=By]')!, 'provider')
  expect(app.api.log).toContain('spend provider')
  expect(
    [...document.querySelectorAll('table')[0]!.querySelectorAll('tbody th')].map((cell) => cell.textContent),
  ).toEqual(['anthropic', 'openai', 'google'])
})

test('a name is the way to its calls, and the search stays while one of them is looked at', async () => {
  app = await open('busy', '#/spend')
  await app.visit(app.role('link', 'billing').getAttribute('href') ?? '')
  const search = () => document.querySelector<HTMLInputElement>('input[type=search]')!.value
  const rows = () => [...document.querySelectorAll('tbody tr')]
  expect(search()).toBe('billing')
  expect(rows().length).toBeGreaterThan(3)
  expect(rows().every((row) => row.textContent?.includes('billing'))).toBe(true)
  await app.click(rows()[1]!.querySelector('button')!)
  expect(document.querySelector('aside[aria-label=Call]')).not.toBeNull()
  await app.press('Escape')
  expect(search()).toBe('billing')
})

describe('cheaper models', () => {
  test('are suggested by kind of work, with what they would have saved and what that rests on', async () => {
    app = await open('busy', '#/spend')
    const [first] = [...cheaper()!.querySelectorAll('tbody tr')]
    expect(first?.textContent).toMatch(
      /^claude-sonnet-4-5 tool loop\d+ calls · [\d.]+[kM] tokens in, \d+ % cached · [\d.]+k outclaude-haiku-4-5 \$\d/,
    )
    expect(first?.textContent).toMatch(/67 % \$\d+\.\d\d$/)
    expect(cheaper()?.textContent).toMatch(/up to \$\d+\.\d\d less in this time/)
    expect(cheaper()?.textContent).toContain('gpt-5-mini by policy')
  })

  test('are compared with all spend by one click, and the comparison goes away again', async () => {
    app = await open('busy', '#/spend')
    expect(titles()).not.toContain('On claude-haiku-4-5')
    await app.click(app.role('button', 'claude-haiku-4-5'))
    expect(app.api.log).toContain('spend project on claude-haiku-4-5')
    expect(titles()).toContain('On claude-haiku-4-5')
    expect(picker().value).toBe('claude-haiku-4-5')
    expect(document.querySelector('.facts')?.textContent).toMatch(/On claude-haiku-4-5\$\d+\.\d\d −67 %/)
    await app.click(app.role('button', 'Stop comparing'))
    expect(titles()).not.toContain('On claude-haiku-4-5')
    expect(picker().value).toBe('')
  })

  test('may be any model, also a dearer one', async () => {
    app = await open('busy', '#/spend')
    await ask('claude-sonnet-4-5')
    expect(document.querySelector('.facts')?.textContent).toMatch(/On claude-sonnet-4-5\$\d+\.\d\d \+40 %/)
  })

  test('that nobody sells are said so, and the report stays', async () => {
    app = await open('busy', '#/spend')
    await ask('acme-70b')
    expect(document.querySelector('.what-if [role=alert]')?.textContent).toBe('no price is known for "acme-70b"')
    expect(titles()).toContain('Cost')
    expect(titles()).not.toContain('On acme-70b')
    await choose(document.querySelector<HTMLSelectElement>('select[aria-label=By]')!, 'model')
    expect(titles()[0]).toBe('Model')
  })

  test('are not spoken of where nothing was spent', async () => {
    app = await open('empty', '#/spend')
    await pass(100)
    expect(app.text()).toContain('Nothing was spent in this time.')
    expect(cheaper()).toBeNull()
  })

  test('that would save nothing are not made up', async () => {
    app = await open('busy')
    app.api.suggestions = () => Promise.resolve([])
    await app.visit('#/spend')
    expect(cheaper()?.textContent).toContain('No kind of work would have cost noticeably less')
  })
})
