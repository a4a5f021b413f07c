import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { createRecentCalls } from '../../../../main/core/ledger/calls/recent-calls.ts'
import { parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { canReplay, RuleReplay } from '../../../../main/core/policy/replay/replay.ts'
import { ReplayCount } from '../../../../main/core/policy/replay/replay-tally.ts'
import { GUARDS } from '../../../../main/core/policy/guards/registry.ts'
import { NO_RULES } from '../../../../main/core/policy/document/rules-in-force.ts'
import { admit } from '../../../../main/ledger/books/admit.ts'
import { Books } from '../../../../main/ledger/books/books.ts'
import { Ledger } from '../../../../main/ledger/store/ledger.ts'
import { findCalls } from '../../../../main/ledger/queries/call-queries.ts'
import { SqliteStore } from '../../../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf, quoteOf } from '../../../support/gateway/call-facts.ts'

const START = Date.parse('2026-10-24T20:00:00Z') // the night in which Paris sets its clocks back follows
const MINUTE = 60_000

const RULES: Record<string, unknown>[] = [
  { id: 'day', guard: 'spend-cap', limitUsd: '0.50', per: 'day' },
  { id: 'hour', guard: 'spend-cap', limitUsd: '0.10', per: 'hour', each: 'project' },
  { id: 'rolling', guard: 'spend-cap', limitUsd: '0.20', per: '90 minutes', scope: { project: 'web' } },
  { id: 'tokens', guard: 'token-cap', limitTokens: 40_000, per: 'day' },
  { id: 'calls', guard: 'rate-limit', limitCalls: 3, per: '10 minutes', each: 'session' },
  { id: 'token-rate', guard: 'token-rate', limitTokens: 9_000, per: 'hour' },
  { id: 'context', guard: 'context-cap', limitTokens: 4_000 },
  { id: 'models', guard: 'model-access', deny: ['o*'] },
  { id: 'hosts', guard: 'provider-access', deny: ['groq'] },
  { id: 'night', guard: 'quiet-hours', from: '01:00', to: '03:30' },
]

interface Step {
  waitMs: number
  project: string
  session: string
  model: string
  provider: string
  inputTokens: number
  outputTokens: number
  /** The far end bills this part of what was held. */
  billedShare: number
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 1, max: 90 * MINUTE }),
    project: fc.constantFrom('web', 'api'),
    session: fc.constantFrom('a', 'b'),
    model: fc.constantFrom('gpt-4o', 'o3'),
    provider: fc.constantFrom('openai', 'groq'),
    inputTokens: fc.integer({ min: 1, max: 5_000 }),
    outputTokens: fc.integer({ min: 0, max: 8_000 }),
    billedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
)
const rules = fc.uniqueArray(fc.constantFrom(...RULES), { minLength: 1, maxLength: 5 })

test('what the rules in force really refused, their replay refuses, and nothing else', () => {
  fc.assert(
    fc.property(steps, rules, (story, drawn) => {
      const lived = live(story, drawn)
      const replay = new RuleReplay({
        rules: parseRules(drawn).rules,
        timeZone: 'Europe/Paris',
        leastCost: ({ id }) => lived.quoted.get(id) ?? 0,
      })
      for (const record of lived.records) {
        const replayed = replay.add(record)
        expect(replayed?.refusedBy ?? null, record.id).toBe(record.refusal?.rule ?? null)
      }
    }),
    { numRuns: 150 },
  )
})

/** Puts calls through the real admission, and gives back what the ledger says of them. */
function live(story: readonly Step[], drawn: readonly Record<string, unknown>[]) {
  let nowMs = START
  const clock = () => nowMs
  const ledger = new Ledger(new SqliteStore(':memory:'), clock)
  const books = new Books(ledger, createRecentCalls(), clock)
  books.setRules({ ...NO_RULES, timeZone: 'Europe/Paris', rules: parseRules(drawn).rules })
  const quoted = new Map<string, number>()
  story.forEach((step, index) => {
    nowMs += step.waitMs
    const { project, session, inputTokens, outputTokens } = step
    const callId = `call-${String(index).padStart(3, '0')}`
    const call = callFacts(callId, nowMs, {
      attribution: { ...NO_ATTRIBUTION, project, session },
      requestModel: step.model,
      provider: step.provider,
      contextTokens: inputTokens,
    })
    const inputNanos = inputTokens * 1_000
    const quote = quoteOf({
      inputTokens,
      worstInputNanos: inputNanos,
      expectedInputNanos: inputNanos,
      worstOutputTokens: outputTokens,
      expectedOutputTokens: outputTokens,
      highOutputTokens: outputTokens,
      minOutputTokens: outputTokens,
      hasOwnMaximum: true,
      sealed: true,
    })
    const admission = admit(books, { call, quote, settledRules: new Set(), inLine: false })
    quoted.set(callId, inputNanos + outputTokens * 10_000)
    if (admission.kind !== 'admitted') return
    const output = Math.floor(outputTokens * step.billedShare)
    const usage = { ...NO_USAGE, uncachedInput: inputTokens, output }
    nowMs += 1
    books.settle(callId, closingOf(inputNanos + output * 10_000, { usage }), inputTokens + output)
  })
  const records = findCalls(ledger.store.database, { limit: 1_000 })
  ledger.close()
  return { records, quoted }
}

test('a rule that looks at what no ledger keeps is named, and every other one is replayed', () => {
  const blind = GUARDS.filter(({ name }) => !canReplay({ id: 'x', guard: name })).map(({ name }) => name)
  expect(blind.sort()).toEqual(['cache-miss-streak', 'fan-out', 'loop', 'orphan', 'retry-storm'])
})

describe('the sums of a replay', () => {
  const record = (index: number, project: string, costUsd: number, changes: Partial<CallRecord> = {}): CallRecord => ({
    schema: 1,
    id: `call-${index}`,
    seq: index,
    state: 'settled',
    startedAt: new Date(START + index * 6 * 3_600_000).toISOString(),
    endedAt: new Date(START + index * 6 * 3_600_000 + 1_000).toISOString(),
    durationMs: 1_000,
    firstByteMs: 5,
    provider: 'openai',
    api: 'chat.completions',
    requestModel: 'gpt-4o',
    responseModel: null,
    responseId: null,
    stream: true,
    kind: 'prompt',
    billing: 'metered',
    attribution: { ...NO_ATTRIBUTION, project, developer: 'ada@acme.dev' },
    conversation: null,
    attempt: 1,
    contextTokens: 1_000,
    contextWindow: null,
    usage: { ...NO_USAGE, uncachedInput: 1_000, output: 100 },
    costUsd: exactUsd(costUsd * 1e9),
    heldUsd: '0.000000000',
    clampedTo: null,
    priced: 'exact',
    priceVersion: 'test',
    httpStatus: 200,
    ending: 'complete',
    refusal: null,
    verdicts: [],
    ...changes,
  })
  const count = (documents: Record<string, unknown>[], records: readonly CallRecord[], sinceMs = START) => {
    const { rules: parsed } = parseRules(documents)
    const replay = new RuleReplay({ rules: parsed, timeZone: 'UTC' })
    const sums = new ReplayCount(parsed, { sinceMs, untilMs: START + 30 * 86_400_000, timeZone: 'UTC' })
    for (const one of records) {
      const replayed = replay.add(one)
      if (replayed) sums.add(replayed)
    }
    return sums.result()
  }
  const cap = { id: 'daily', guard: 'spend-cap', limitUsd: 3, per: 'day' }
  const month = Array.from({ length: 8 }, (_, index) => record(index, index % 2 === 0 ? 'web' : 'api', 2))

  test('are of the calls that were made, with days, the first, and whose money it was', () => {
    expect(count([cap], month)).toMatchObject({
      calls: 8,
      total: {
        refused: 5,
        days: 2,
        first: { callId: 'call-2', project: 'web' },
        savedUsd: '10.000000000',
        byProject: [
          { key: 'web', refused: 3, savedUsd: '6.000000000' },
          { key: 'api', refused: 2, savedUsd: '4.000000000' },
        ],
        byDeveloper: [{ key: 'ada@acme.dev', refused: 5 }],
      },
      sentence:
        'In the last 30 days it would have refused 5 calls on 2 days (first: 25 Oct 08:00, web) and saved $10.00.',
    })
  })

  test('a call that would be asked about goes on, and warnings are told when nothing else is', () => {
    expect(count([{ ...cap, action: 'ask' }], month)).toMatchObject({
      total: { asked: 5, refused: 0, savedUsd: '0.000000000' },
      sentence: 'In the last 30 days it would have asked about 5 calls on 2 days (first: 25 Oct 08:00, web).',
    })
    expect(count([{ ...cap, limitUsd: 100, warnAt: [0.01] }], month).sentence).toBe(
      'In the last 30 days it would have warned of 5 calls and refused none.',
    )
    expect(count([{ ...cap, limitUsd: 100 }], month).sentence).toBe(
      'In the last 30 days it would have let every call through.',
    )
  })

  test('calls from before the stretch fill its windows, and are counted in none of its sums', () => {
    expect(count([cap], month, START + 7 * 3_600_000 * 2)).toMatchObject({ calls: 5, total: { refused: 4 } })
  })

  test('what cannot be replayed is said', () => {
    expect(count([{ id: 'loops', guard: 'loop' }], month)).toMatchObject({
      rules: [],
      limits: [expect.stringMatching(/^loops cannot be replayed/), expect.anything()],
    })
  })
})
