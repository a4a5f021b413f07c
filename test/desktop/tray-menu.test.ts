import { describe, expect, it, vi } from 'vitest'
import { type TrayFacts, trayMenu } from '../../main/desktop/tray-menu.ts'

const address = { proxy: '', control: '', token: '', pid: 1 }
const facts: TrayFacts = {
  view: { tone: 'calm', ratio: 0.1, title: '$1.00', sentence: '$1.00 of $10.00 today', hint: null },
  gateway: { kind: 'running', own: true, address },
  isPaused: false,
  opensAtLogin: null,
}
const actions = { open: vi.fn(), retry: vi.fn(), setPaused: vi.fn(), setOpensAtLogin: vi.fn(), quit: vi.fn() }
const labels = (changes: Partial<TrayFacts> = {}) =>
  trayMenu({ ...facts, ...changes }, actions).flatMap(({ label }) => label ?? [])
const press = (wanted: string, changes: Partial<TrayFacts> = {}) => {
  const click = trayMenu({ ...facts, ...changes }, actions).find(({ label }) => label === wanted)?.click
  ;(click as () => void)()
}

describe("the tray's menu", () => {
  it('begins with the state in a sentence', () => {
    expect(labels()).toEqual([
      '$1.00 of $10.00 today',
      'Open Allowance',
      'Notices',
      'Pause All Traffic',
      'Quit and Stop the Gateway',
    ])
  })

  it('keeps an ampersand of the sentence', () => {
    expect(labels({ view: { ...facts.view, sentence: 'R&D: $1.00' } })[0]).toBe('R&&D: $1.00')
  })

  it('says that a gateway which is not ours goes on', () => {
    expect(labels({ gateway: { kind: 'running', own: false, address } }).at(-1)).toBe('Quit (the gateway goes on)')
  })

  it('offers another try while there is no gateway, and what to do about it', () => {
    const down = { kind: 'down', problem: { code: '', message: '', fix: null }, retryAtMs: 0 } as const
    const changes = { gateway: down, isPaused: null, view: { ...facts.view, hint: 'allowance doctor' } }
    expect(labels(changes)).toEqual(expect.arrayContaining(['allowance doctor', 'Try Again Now']))
    expect(labels(changes)).not.toContain('Pause All Traffic')
    press('Try Again Now', changes)
    expect(actions.retry).toHaveBeenCalledOnce()
  })

  it('pauses, and resumes what is paused', () => {
    press('Pause All Traffic')
    expect(actions.setPaused).toHaveBeenLastCalledWith(true)
    press('Resume All Traffic', { isPaused: true })
    expect(actions.setPaused).toHaveBeenLastCalledWith(false)
  })

  it('opens at login only where that exists', () => {
    expect(labels()).not.toContain('Open at Login')
    press('Open at Login', { opensAtLogin: false })
    expect(actions.setOpensAtLogin).toHaveBeenCalledWith(true)
  })
})
