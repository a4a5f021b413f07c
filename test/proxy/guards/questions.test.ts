import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterEach, describe, expect, test } from 'vitest'
import { Questions } from '../../../main/proxy/admission/questions.ts'
import { eventsOf } from '../../../main/ledger/queries/call-queries.ts'
import { callFacts } from '../../support/load/agent-calls.ts'
import { createTestView } from '../../support/gateway/control-view.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const RULES = [{ id: 'night', guard: 'quiet-hours', from: '00:00', to: '00:00', action: 'ask' }]
const start = async () => {
  harness = await startHarness({ behaviour: { latencyMs: () => 0, outputTokens: () => 20 }, rules: RULES })
  return harness
}
const call = (on: Harness, session: string, options: OpenAI.RequestOptions = {}) =>
  new OpenAI({
    apiKey: 'sk',
    // The tests may run in CI themselves; the caller they play does not, unless it says so.
    baseURL: `${on.url}/@environment=dev,session=${session},project=web,agent=codex/openai/v1`,
  }).chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] }, options)
    .then(
      () => 'answered' as const,
      (error: unknown) => error as { status?: number; message: string; error?: { allowance?: { code: string } } },
    )
const asked = (on: Harness, session: string) =>
  on.waitFor(({ state, attribution }) => state === 'asked' && attribution.session === session)

describe('a call that is asked about', () => {
  test('is refused at once where nobody can answer', async () => {
    const on = await start()
    expect(await call(on, 's1')).toMatchObject({ status: 402, error: { allowance: { code: 'quiet-hours' } } })
  })

  test('is refused at once in CI, whoever looks on', async () => {
    const on = await start()
    on.gateway.questions.attach()
    expect(await call(on, 's1,environment=ci')).toMatchObject({
      status: 402,
      error: { allowance: { code: 'quiet-hours' } },
    })
  })

  test('is held without a byte, and goes on after a yes', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const waiting = call(on, 's1')
    const { id } = await asked(on, 's1')
    expect(on.gateway.questions.open()).toEqual([
      {
        callId: id,
        question: expect.stringMatching(/^codex in web(?: \(\S+\))?: these are quiet hours.*: let it go on\?$/),
        expiresAt: expect.any(String),
      },
    ])
    expect(on.fake.records).toHaveLength(0)
    expect(on.gateway.questions.answer(id, 'once')).toBe(true)
    expect(await waiting).toBe('answered')
    expect(on.gateway.questions.answer(id, 'once')).toBe(false)
    expect(eventsOf(on.gateway.books.ledger.store.database, id).map(({ event }) => event.type)).toEqual([
      'call.asked',
      'call.answered',
      'call.admitted',
      'call.settled',
    ])
    // Once is once.
    const next = call(on, 's1')
    const again = await on.waitFor((record) => record.state === 'asked' && record.id !== id)
    on.gateway.questions.answer(again.id, 'once')
    expect(await next).toBe('answered')
  })

  test('30 minutes let its conversation through, and no other', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const first = call(on, 's1')
    on.gateway.questions.answer((await asked(on, 's1')).id, '30m')
    expect(await first).toBe('answered')
    expect(await call(on, 's1')).toBe('answered')
    const other = call(on, 's2')
    on.gateway.questions.answer((await asked(on, 's2')).id, 'stop')
    expect(await other).toMatchObject({ status: 402, error: { allowance: { code: 'declined' } } })
  })

  test('30 minutes are remembered by a gateway that is started anew, and no longer', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    let laterMs = 0
    const again = async () => {
      await harness?.stop()
      harness = await startHarness({
        behaviour: { latencyMs: () => 0, outputTokens: () => 20 },
        rules: RULES,
        home,
        clock: () => Date.now() + laterMs,
      })
      return harness
    }
    try {
      const before = await again()
      before.gateway.questions.attach()
      const [once, forAWhile] = [call(before, 's1'), call(before, 's2')]
      before.gateway.questions.answer((await asked(before, 's1')).id, 'once')
      before.gateway.questions.answer((await asked(before, 's2')).id, '30m')
      expect([await once, await forAWhile]).toEqual(['answered', 'answered'])

      // Nobody is there to be asked, so what was not said before is a no.
      laterMs = 29 * 60_000
      const after = await again()
      expect(await call(after, 's2')).toBe('answered')
      expect(await call(after, 's1')).toMatchObject({ status: 402 })
      laterMs = 31 * 60_000
      expect(await call(after, 's2')).toMatchObject({ status: 402 })
      expect(await call(await again(), 's2')).toMatchObject({ status: 402 })
    } finally {
      await harness?.stop()
      harness = null
      rmSync(home, { recursive: true, force: true })
    }
  })

  test('a stop stays until the conversation is resumed', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const first = call(on, 's1')
    on.gateway.questions.answer((await asked(on, 's1')).id, 'stop')
    const declined = await first
    expect(declined).toMatchObject({ status: 402, error: { allowance: { code: 'declined' } } })
    const after = await call(on, 's1')
    expect(after).toMatchObject({ status: 402, error: { allowance: { code: 'paused' } } })
    on.gateway.books.traffic.resume('s1')
    const resumed = call(on, 's1')
    on.gateway.questions.answer((await asked(on, 's1')).id, 'once')
    expect(await resumed).toBe('answered')
  })

  test('one whose client leaves is asked about no more', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const leaving = new AbortController()
    const waiting = call(on, 's1', { signal: leaving.signal })
    const { id } = await asked(on, 's1')
    leaving.abort()
    await waiting
    const record = await on.waitFor((one) => one.id === id && one.state === 'released')
    expect(record.ending).toBe('client-left')
    expect(on.gateway.questions.open()).toEqual([])
  })

  test('is given up before its client gives up, where that is known', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const waitOf = async (session: string, options: OpenAI.RequestOptions) => {
      const waiting = call(on, session, options)
      const { id, startedAt } = await asked(on, session)
      const question = on.gateway.questions.open().find(({ callId }) => callId === id)
      on.gateway.questions.answer(id, 'once')
      expect(await waiting).toBe('answered')
      return Date.parse(question?.expiresAt ?? '') - Date.parse(startedAt)
    }
    // The SDK says how long it waits; Gemini CLI does not, and waits for a minute.
    expect(await waitOf('s1', { timeout: 40_000 })).toBe(35_000)
    expect(await waitOf('s2', { headers: { 'user-agent': 'GeminiCLI-tui/0.61.0/x (linux; x64; terminal)' } })).toBe(
      55_000,
    )
    expect(await waitOf('s3', {})).toBeGreaterThanOrEqual(120_000)
  })

  test('is refused at once where its client would be gone before anybody could answer', async () => {
    const on = await start()
    on.gateway.questions.attach()
    expect(await call(on, 's1', { headers: { 'x-stainless-timeout': '4' } })).toMatchObject({
      status: 402,
      error: { allowance: { code: 'quiet-hours' } },
    })
    expect(on.calls().map(({ state }) => state)).toEqual(['refused'])
    expect(on.fake.records).toHaveLength(0)
  })

  test('one that is held while traffic is paused is told so', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const waiting = call(on, 's1')
    await asked(on, 's1')
    on.gateway.books.traffic.pause(null)
    expect(await waiting).toMatchObject({ status: 402, error: { allowance: { code: 'paused' } } })
  })

  test('a gateway that stops keeps nobody waiting', async () => {
    const on = await start()
    on.gateway.questions.attach()
    const waiting = call(on, 's1')
    await asked(on, 's1')
    await on.gateway.stop('test')
    expect(await waiting).toMatchObject({ status: 402, error: { allowance: { code: 'declined' } } })
  })
})

test('a question that nobody answers in time is a no', async () => {
  const view = await createTestView()
  const questions = new Questions(view.books, 5)
  questions.attach()
  const call1 = callFacts('call1', view.nowMs)
  const rule = { id: 'night', guard: 'quiet-hours' }
  const finding = {
    rule,
    budget: null,
    verdict: 'ask' as const,
    code: 'quiet-hours' as const,
    reason: 'these are quiet hours',
  }
  expect(await questions.ask(call1, finding, Number.POSITIVE_INFINITY, new AbortController().signal)).toBe('no')
  const hasty = new Questions(view.books, 60_000, 0)
  hasty.attach()
  const call2 = callFacts('call2', view.nowMs)
  expect(await hasty.ask(call2, finding, view.books.clock() + 5, new AbortController().signal)).toBe('no')
  hasty.close()
  expect(eventsOf(view.books.ledger.store.database, 'call1').map(({ event }) => event)).toMatchObject([
    { type: 'call.asked' },
    { type: 'call.answered', answer: 'none' },
  ])
  const leave = questions.attach()
  leave()
  leave()
  expect(questions.open()).toEqual([])
  questions.close()
  view.close()
})
