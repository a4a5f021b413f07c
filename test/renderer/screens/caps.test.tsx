// @vitest-environment happy-dom
import { act } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../renderer/state/api/api.ts'
import { open as openOn, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

// This DOM has no canvas; the plot is looked at in a real browser.
vi.mock('../../../renderer/components/charts/spend-plot.ts', () => ({
  createSpendPlot: () => ({ update: () => {}, destroy: () => {} }),
}))

let app: RenderedApp
beforeEach(stopTheClock)
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})
const dialog = () => document.querySelector<HTMLElement>('[role=dialog].dialog')
const field = (name: string) => {
  const label = [...document.querySelectorAll('label')].find(({ textContent }) => textContent === name)
  return document.getElementById(label?.htmlFor ?? '') as HTMLInputElement
}
const changed = async (seq: number) => {
  await act(async () => app.api.push({ type: 'changed', seq, what: 'policy' }))
  await pass(100)
}

describe('a cap of one’s own', () => {
  test('is invited by the gauge, explained while it is typed, set in one act, and undone', async () => {
    app = await openOn('no-policy')
    await app.click(app.role('button', 'Set a daily cap'))
    await app.type(field('Amount in dollars'), '1,5')
    await pass(300)
    expect(dialog()?.textContent).toContain('Refuses calls once $1.5 is spent in a day')
    expect(dialog()?.textContent).toContain('it would have refused 14 calls on 3 days and saved $6.20')
    await app.click(app.role('button', 'Set cap'))
    expect(app.api.log).toContain('cap 1.5 day deny')
    await pass(500)
    expect(dialog()).toBeNull()
    expect(app.text()).toContain('Cap set')
    await app.click(app.role('button', 'Undo'))
    expect(app.api.log).toContain('undo')
  })

  test('is asked about once the typing pauses, not with every key', async () => {
    app = await openOn('no-policy', '#/policy?cap')
    for (const text of ['1', '12', '12.', '12.5']) await app.type(field('Amount in dollars'), text)
    await pass(300)
    expect(app.api.log.filter((line) => line.startsWith('preview'))).toEqual(['preview 12.5'])
  })

  test('says what is wrong with an amount, and sets nothing', async () => {
    app = await openOn('no-policy', '#/policy?cap')
    await app.type(field('Amount in dollars'), '1,234')
    expect(dialog()?.textContent).toContain('Enter 1234 or 1.234.')
    expect(app.role('button', 'Set cap')).toHaveProperty('disabled', true)
  })

  test('is for what the address names, which one can widen', async () => {
    app = await openOn('busy', '#/policy?cap&project=web&model=gpt-5')
    expect(dialog()?.textContent).toContain('For project web · model gpt-5.')
    await app.click(app.role('button', 'For everything instead'))
    await app.type(field('Amount in dollars'), '4')
    await app.click(app.role('button', 'Set cap'))
    expect(app.api.log).toContain('cap 4 day deny')
    expect(window.location.hash).toBe('#/policy')
  })

  test('is listed with what is spent of it, changed and removed', async () => {
    app = await openOn('busy', '#/policy')
    await act(() => app.api.caps.set({ amountUsd: '4', per: 'day' }))
    await changed(20_000)
    await app.click(app.role('button', 'Change my-day-cap'))
    expect(field('Amount in dollars').value).toBe('4')
    await app.type(field('Amount in dollars'), '6')
    await app.click(app.role('button', 'Save'))
    expect(app.api.log).toContain('cap 6 day deny')
    await changed(20_001)
    await app.click(app.role('button', 'Remove my-day-cap'))
    await changed(20_002)
    expect(app.text()).toContain('You have set no cap.')
  })

  test('a refusal of the gateway stands in the dialog until something is changed', async () => {
    app = await openOn('no-policy', '#/policy?cap')
    await app.type(field('Amount in dollars'), '4')
    app.api.caps.set = () => Promise.reject(new ApiError('refused', 'the disk is full'))
    await app.click(app.role('button', 'Set cap'))
    expect(dialog()?.textContent).toContain('the disk is full')
    await app.type(field('Amount in dollars'), '5')
    expect(dialog()?.textContent).not.toContain('the disk is full')
  })
})

test.each([
  ['Ask me about loops', 'loop'],
  ['Ask me about retry storms', 'retry-storm'],
])('%s is one click, on and off', async (label, guard) => {
  app = await openOn('busy', '#/policy')
  const state = () => app.role('switch', label).getAttribute('aria-checked')
  expect(state()).toBe('false')
  await app.click(app.role('switch', label))
  await changed(20_000)
  expect(state()).toBe('true')
  await app.click(app.role('switch', label))
  expect(app.api.log.filter((line) => line.startsWith('guard'))).toEqual([
    `guard ${guard} true`,
    `guard ${guard} false`,
  ])
})

describe('a raise', () => {
  test('starts at the most that the policy grants, and says how much that is', async () => {
    app = await openOn('busy', '#/overview?raise')
    expect(field('Amount in dollars').value).toBe('2.50')
    expect(dialog()?.textContent).toContain('up to $2.50 at once; 2 of 2 raises left today')
    expect(document.activeElement).toBe(field('Amount in dollars'))
    await app.type(field('Amount in dollars'), '3')
    expect(dialog()?.textContent).toContain('The policy allows at most $2.50 at once.')
    await app.type(field('Amount in dollars'), '1,5')
    await app.type(field('Reason'), 'migration')
    await app.click(dialog()?.querySelector('[type=submit]') as HTMLElement)
    expect(app.api.log).toContain('raise daily 1.5 migration')
  })

  test('is not offered where the policy grants none', async () => {
    app = await openOn('busy')
    const policy = await app.api.policy()
    app.api.policy = () => Promise.resolve({ ...policy, raise: null })
    await app.visit('#/overview?raise')
    expect(dialog()?.textContent).toContain('The policy does not let you raise this cap.')
    expect(dialog()?.querySelector('input')).toBeNull()
  })
})

test('a cap that is reached has a banner with the way to more', async () => {
  app = await openOn('cap')
  expect(app.text()).toContain('Cap reached: daily')
  expect(app.text()).toMatch(/most of it by claude-code in billing \(\$\d\.\d\d\)/)
  expect(app.text()).toContain('At this pacecap reached')
  await app.visit('#/overview?raise')
  expect(dialog()?.textContent).toContain('Raise “daily”')
})
