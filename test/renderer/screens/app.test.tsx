// @vitest-environment happy-dom
import { act } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../renderer/state/api/api.ts'
import { refusalSentence } from '../../../shared/calls/call-notes.ts'
import type { Scenario } from '../fixtures/scenarios.ts'
import { aCall, aNotice } from '../fixtures/world.ts'
import { clock } from '../../../renderer/derive/format/times.ts'
import { NOW, open as openOn, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

// This DOM has no canvas; the plot is looked at in a real browser.
vi.mock('../../../renderer/components/charts/spend-plot.ts', () => ({
  createSpendPlot: () => ({ update: () => {}, destroy: () => {} }),
}))

let app: RenderedApp
const open = async (scenario: Scenario, hash?: string) => {
  app = await openOn(scenario, hash)
}

beforeEach(stopTheClock)
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})

describe('the overview', () => {
  test('says where spend rose most, with the way to its cause', async () => {
    await open('busy')
    const rise = document.querySelector('[data-testid=rise]')
    expect(rise?.textContent).toContain('a loop, run_tests 15 times over')
    await app.visit(rise?.querySelector('a')?.getAttribute('href') ?? '')
    await pass(100)
    const cause = document.querySelector('[aria-label=Cause]')
    expect(cause?.querySelector('h2')?.textContent).toBe('A loop')
    expect([...(cause?.querySelectorAll('li') ?? [])].map(({ textContent }) => textContent)).toEqual([
      'cycle: run_tests',
      '15 times',
      '16 calls in all',
      'Context: 52k → 153k tokens',
    ])
  })

  test('says what is spent, what is left, how fast it goes and what runs', async () => {
    await open('busy')
    const { spend } = app.api.world.status
    expect(document.querySelector('[data-testid=spent-today]')?.textContent).toBe(
      `$${Number(spend.spentUsd).toFixed(2)}`,
    )
    expect(app.text()).toContain('left of $10.00')
    expect(app.text()).toContain(`$${Number(spend.burnUsdPerHour).toFixed(2)}/h`)
    expect(app.text()).toContain(`cap at ${clock(spend.capReachedAt!, 'Europe/Paris')}`)
    expect(app.text()).toContain('3 in flight')
    expect(app.text()).toMatch(/web · codex.*\d+k of 200k limit/)
    expect(app.text()).toMatch(/\$0\.\d{4} \/ \$0\.\d\d/)
  })

  test('a call that comes in is shown, ticks while it runs, and ends with its cost', async () => {
    await open('busy')
    const call = aCall({
      seq: 9_500,
      id: 'new',
      state: 'open',
      startedAt: new Date(NOW).toISOString(),
      requestModel: 'brand-new',
      responseModel: null,
      costUsd: null,
      usage: null,
    })
    await act(async () => app.api.push({ type: 'call', seq: 9_500, call }))
    await pass(100)
    expect(app.text()).toContain('4 in flight')
    const row = () => app.role('link', /brand-new/).textContent
    await pass(2_000)
    expect(row()).toMatch(/Streaming.*2\.\d s.*held/)
    await act(async () =>
      app.api.push({
        type: 'call',
        seq: 9_501,
        call: {
          ...call,
          seq: 9_501,
          state: 'settled',
          endedAt: new Date(NOW + 2_100).toISOString(),
          costUsd: '0.123400000',
        },
      }),
    )
    await pass(100)
    expect(row()).toMatch(/Settled.*\$0\.12/)
  })

  test('where the money went can be asked by model', async () => {
    await open('busy')
    await app.click(app.role('button', 'Model'))
    expect(app.text()).toMatch(/claude-sonnet-4-5\d+ % \$/)
  })

  test('with no calls yet it has the lines that bring the first one', async () => {
    await open('empty')
    expect(app.text()).toContain('Claude Codeallowance run -- claude')
    expect(app.text()).toContain('eval "$(allowance env --shell zsh)"')
    expect(app.text()).toContain('OPENAI_BASE_URL=http://127.0.0.1:4141/openai/v1')
    expect(app.role('button', 'Copy the line for Claude Code')).toBeTruthy()
  })

  test('the step of the first call turns green when one comes, and a cap is next', async () => {
    await open('no-policy')
    expect(app.text()).toContain('Waiting for the first call')
    const call = aCall({ seq: 9_500, id: 'first', state: 'open', startedAt: new Date(NOW).toISOString() })
    await act(async () => app.api.push({ type: 'call', seq: 9_500, call }))
    await pass(100)
    expect(app.text()).toContain('The first call came through (done)')
    expect(app.role('button', 'Set a cap')).toBeTruthy()
  })

  test('without a cap it invites one', async () => {
    await open('no-policy')
    expect(app.text()).toContain('no cap')
    expect(app.role('button', 'Set a daily cap')).toBeTruthy()
  })
})

describe('a question', () => {
  test.each([
    ['Once', 'once'],
    ['30 minutes', '30m'],
    ['Stop', 'stop'],
  ])('is answered with %s, from any screen, and goes away', async (button, answer) => {
    await open('ask', '#/spend')
    expect(app.text()).toContain('This looks like a loop')
    await app.click(app.role('button', button))
    expect(app.api.log).toContain(`answer call-9001 ${answer}`)
    await pass(500)
    expect(app.text()).not.toContain('This looks like a loop')
  })

  test('is not shown after its time', async () => {
    await open('ask')
    await pass(100_000)
    expect(app.text()).not.toContain('This looks like a loop')
  })
})

describe('the brakes', () => {
  test('pause, said plainly, and resume', async () => {
    await open('busy')
    await app.click(app.role('button', 'Pause'))
    await pass(500)
    expect(app.text()).toContain('Traffic is paused')
    await app.click(app.role('button', 'Resume'))
    await pass(500)
    expect(app.text()).not.toContain('Traffic is paused')
  })

  test('the kill switch asks before it ends running streams', async () => {
    await open('busy')
    await app.click(app.role('button', 'Kill switch'))
    expect(app.api.log).not.toContain('killSwitch true')
    await app.click(app.role('button', 'Stop everything'))
    expect(app.api.log).toContain('killSwitch true')
    await pass(500)
    await app.click(app.role('button', 'Turn it off'))
    expect(app.api.log).toContain('killSwitch false')
  })

  test('the kill switch is turned off from every screen', async () => {
    await open('killed', '#/notices')
    expect(() => app.role('button', 'Pause')).toThrow('no button')
    await app.click(app.role('button', 'Turn off the kill switch'))
    expect(app.api.log).toContain('killSwitch false')
    await pass(500)
    expect(app.role('button', 'Pause')).toBeTruthy()
  })

  test('a raise needs a reason and an amount, and a no is shown', async () => {
    await open('busy')
    await app.click(app.role('button', 'Raise'))
    const submit = () => document.querySelector<HTMLButtonElement>('[role=dialog].dialog button[type=submit]')!
    expect(submit().disabled).toBe(true)
    await app.type(document.querySelectorAll<HTMLInputElement>('[role=dialog].dialog input')[1]!, 'migration')
    app.api.raise = () => Promise.reject(new ApiError('refused', 'The policy allows two raises a day.'))
    await app.click(submit())
    expect(app.text()).toContain('The policy allows two raises a day.')
  })
})

test('a budget is raised from an address too, as often as it is opened', async () => {
  await open('busy', '#/overview?raise')
  const dialog = () => document.querySelector('[role=dialog].dialog')
  expect(dialog()?.textContent).toContain('Raise “daily”')
  await app.click(app.role('button', 'Cancel'))
  expect(dialog()).toBeNull()
  await app.visit('#/overview?raise')
  expect(dialog()?.textContent).toContain('Raise “daily”')
})

describe('the gateway away', () => {
  test('is said after a moment, with the last numbers kept, and is over when it answers', async () => {
    await open('busy')
    await act(async () => app.api.leave())
    await pass(100)
    expect(app.text()).not.toContain('does not answer')
    await pass(1_500)
    expect(app.text()).toContain('The gateway does not answer')
    expect(app.text()).toContain('last known numbers')
    expect((app.role('button', 'Pause') as HTMLButtonElement).disabled).toBe(true)
    app.api.comeBack()
    await app.click(app.role('button', 'Try now'))
    await pass(100)
    expect(app.text()).not.toContain('does not answer')
  })

  test('stops the clocks of running calls: nobody knows whether they still run', async () => {
    await open('busy')
    await act(async () => app.api.leave())
    await pass(300)
    const row = () => app.role('link', /gemini-2.5-flash.*held/).textContent
    const frozen = row()
    await pass(5_000)
    expect(row()).toBe(frozen)
  })

  test('a tab without a token says how to get one', async () => {
    await open('busy')
    await act(async () => app.api.leave(new ApiError('denied', 'This tab is not signed in.')))
    await pass(100)
    expect(app.text()).toContain('This tab is not signed in')
    expect(app.text()).toContain('allowance dashboard')
  })
})

describe('the calls', () => {
  test('are filtered by words', async () => {
    await open('busy', '#/calls')
    const rows = () => document.querySelectorAll('tbody tr').length
    expect(rows()).toBe(100)
    await app.type(document.querySelector<HTMLInputElement>('input[type=search]')!, 'gemini-cli search')
    expect(rows()).toBeGreaterThan(0)
    expect(rows()).toBeLessThan(100)
    await app.type(document.querySelector<HTMLInputElement>('input[type=search]')!, 'no such thing')
    await pass(100)
    expect(app.text()).toContain('No call today matches.')
  })

  test('one opens with its life, its money and who made it; Escape closes it', async () => {
    await open('busy', '#/calls')
    await app.visit('#/calls/call-110')
    const panel = () => document.querySelector('aside[aria-label=Call]')
    expect(panel()?.textContent).toContain('Admitted')
    expect(panel()?.textContent).toContain('Hold grew 5 times')
    expect(panel()?.textContent).toContain('of what was held')
    expect(panel()?.textContent).toContain('by enrolment')
    await app.press('Escape')
    expect(panel()).toBeNull()
  })

  test('a refused one shows the very sentence that the client got', async () => {
    await open('cap', '#/calls/call-9013')
    expect(app.text()).toContain(refusalSentence(app.api.world.calls.at(-1)!.refusal!.message))
    expect(app.text()).toContain('It was not sent, so it cost nothing.')
    expect(app.text()).toContain('does not fit')
  })

  test('one that fell out of the list is looked up', async () => {
    await open('busy', '#/calls/gone')
    expect(app.text()).toContain('no call gone')
  })
})

describe('the notices', () => {
  test('are counted until they are seen', async () => {
    await open('busy')
    expect(app.role('link', 'Notices, 4 unread')).toBeTruthy()
    await app.visit('#/notices')
    expect(app.text()).toContain('An agent is repeating itself')
    expect(app.role('link', 'Notices')).toBeTruthy()
    await app.visit('#/overview')
    await act(async () =>
      app.api.push({ type: 'notice', seq: 12_000, notice: aNotice({ seq: 12_000, title: 'Fresh' }) }),
    )
    await pass(100)
    expect(app.role('link', 'Notices, 1 unread')).toBeTruthy()
  })
})
