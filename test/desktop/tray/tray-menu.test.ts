import { describe, expect, it, vi } from 'vitest'
import { type TrayFacts, trayMenu } from '../../../main/desktop/tray/tray-menu.ts'

const address = { proxy: '', control: '', token: '', pid: 1 }
const facts: TrayFacts = {
  view: { tone: 'calm', ratio: 0.1, title: '$1.00', sentence: '$1.00 of $10.00 today', hint: null },
  gateway: { kind: 'running', own: true, address },
  traffic: 'passes',
  asks: [],
  caps: [],
  opensAtLogin: null,
}
const aCap = (rule: string, spent: string) => ({
  rule,
  guard: 'spend-cap',
  unit: 'usd' as const,
  key: null,
  scope: {},
  limit: '10.00',
  raised: '2.00',
  spent,
  held: '0',
  left: '1.00',
  windowStart: '2026-11-23T00:00:00Z',
  resetsAt: '2026-11-24T00:00:00Z',
})
const actions = {
  open: vi.fn(),
  retry: vi.fn(),
  setPaused: vi.fn(),
  setKilled: vi.fn(),
  answer: vi.fn(),
  setOpensAtLogin: vi.fn(),
  quit: vi.fn(),
}
const ask = (number: number, expiresAt: string) => ({
  callId: `call-${number}`,
  question: `Question ${number}: let it go on?`,
  expiresAt,
})
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
      'Set a Cap…',
      'Pause All Traffic',
      'Kill Switch…',
      'Quit and Stop the Gateway',
    ])
  })

  it('keeps an ampersand of the sentence', () => {
    expect(labels({ view: { ...facts.view, sentence: 'R&D: $1.00' } })[0]).toBe('R&&D: $1.00')
  })

  it('says that a gateway which is not ours goes on', () => {
    expect(labels({ gateway: { kind: 'running', own: false, address } }).at(-1)).toBe(
      'Quit (the Gateway Keeps Running)',
    )
  })

  it('offers another try while there is no gateway, and what to do about it', () => {
    const down = { kind: 'down', problem: { code: '', message: '', fix: null }, retryAtMs: 0 } as const
    const changes = { gateway: down, traffic: null, view: { ...facts.view, hint: 'allowance doctor' } }
    expect(labels(changes)).toEqual(expect.arrayContaining(['allowance doctor', 'Try Again Now']))
    expect(labels(changes)).not.toContain('Pause All Traffic')
    press('Try Again Now', changes)
    expect(actions.retry).toHaveBeenCalledOnce()
  })

  it('pauses, and resumes what is paused', () => {
    press('Pause All Traffic')
    expect(actions.setPaused).toHaveBeenLastCalledWith(true)
    press('Resume All Traffic', { traffic: 'paused' })
    expect(actions.setPaused).toHaveBeenLastCalledWith(false)
  })

  it('has the kill switch, and turns it off where it is on', () => {
    press('Kill Switch…')
    expect(actions.setKilled).toHaveBeenLastCalledWith(true)
    expect(labels({ traffic: 'killed' })).not.toContain('Pause All Traffic')
    press('Turn Off the Kill Switch', { traffic: 'killed' })
    expect(actions.setKilled).toHaveBeenLastCalledWith(false)
  })

  it('sets a cap, shows each with what is spent, and raises where there is one', () => {
    press('Set a Cap…')
    expect(actions.open).toHaveBeenLastCalledWith('#/policy?cap')
    expect(labels()).not.toContain('Raise a Cap…')
    const caps = [aCap('daily', '4.00'), aCap('web', '1.50')]
    press('Raise a Cap…', { caps })
    expect(actions.open).toHaveBeenLastCalledWith('#/overview?raise')
    const submenu = trayMenu({ ...facts, caps }, actions).find(({ label }) => label === 'Caps')?.submenu
    expect((submenu as { label: string }[]).map(({ label }) => label)).toEqual([
      'daily, $4.00 of $12.00',
      'web, $1.50 of $12.00',
    ])
  })

  it('asks what is to be asked, the most urgent first, and takes the answer', () => {
    const asks = [ask(1, '2026-11-23T12:05:00Z'), ask(2, '2026-11-23T12:01:00Z')]
    const menu = trayMenu({ ...facts, asks }, actions)
    const first = menu.find(({ label }) => label?.startsWith('Question'))
    expect(first?.label).toBe('Question 2: let it go on?')
    const answers = first?.submenu as { label: string; click: () => void }[]
    expect(answers.map(({ label }) => label)).toEqual(['Once', 'For 30 Minutes', 'Stop'])
    answers[1]?.click()
    expect(actions.answer).toHaveBeenLastCalledWith('call-2', '30m')
  })

  it('stays a menu when many ask, and a line when the question is long', () => {
    const asks = [1, 2, 3, 4, 5].map((number) => ask(number, `2026-11-23T12:0${number}:00Z`))
    expect(labels({ asks })).toContain('2 More Waiting')
    const [long] = labels({ view: { ...facts.view, sentence: 'x'.repeat(200) } })
    expect(long).toHaveLength(70)
  })

  it('opens at login only where that exists', () => {
    expect(labels()).not.toContain('Open at Login')
    press('Open at Login', { opensAtLogin: false })
    expect(actions.setOpensAtLogin).toHaveBeenCalledWith(true)
  })
})
