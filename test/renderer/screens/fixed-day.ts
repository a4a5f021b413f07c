import { act } from 'react'
import { vi } from 'vitest'
import { makeWorld, type Scenario } from '../fixtures/scenarios.ts'
import { type RenderedApp, renderApp } from './render-app.tsx'

/** The moment at which the window is looked at. */
export const NOW = Date.parse('2026-11-23T15:00:00Z')

export function stopTheClock(): void {
  vi.useFakeTimers({ now: NOW, toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
}

export const open = (scenario: Scenario, hash?: string): Promise<RenderedApp> =>
  renderApp(makeWorld(scenario, NOW), hash)
export const pass = (durationMs: number) => act(() => vi.advanceTimersByTimeAsync(durationMs))

/** Chooses an option as a person does, so that the page hears of it, and of a changed address at once. */
export const choose = (select: HTMLSelectElement, value: string) =>
  act(async () => {
    const before = window.location.hash
    select.value = value
    select.dispatchEvent(new Event('change', { bubbles: true }))
    if (window.location.hash !== before) window.dispatchEvent(new Event('hashchange'))
  })
