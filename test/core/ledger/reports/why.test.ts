import { describe, expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import { whySchema } from '../../../../shared/contract/contract.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { explain } from '../../../../main/core/ledger/reports/why.ts'

const START = Date.parse('2026-11-23T12:00:00Z')
interface Shape {
  atSecond?: number
  seconds?: number
  usd?: number
  context?: number
  cached?: number
  mark?: string
  tools?: string[]
  model?: string
  conversation?: string
  change?: Partial<CallRecord>
}
let count = 0
function record({
  atSecond = 0,
  seconds = 1,
  usd = 0.01,
  context = 1_000,
  cached = 0,
  mark,
  tools = [],
  model = 'gpt-5-mini',
  conversation = 'c1',
  change,
}: Shape): CallRecord {
  count += 1
  const startedMs = START + atSecond * 1_000
  return {
    schema: 1,
    id: `call${count}`,
    seq: count,
    state: 'settled',
    startedAt: new Date(startedMs).toISOString(),
    endedAt: new Date(startedMs + seconds * 1_000).toISOString(),
    durationMs: seconds * 1_000,
    firstByteMs: 10,
    provider: 'openai',
    api: 'chat.completions',
    requestModel: model,
    responseModel: model,
    responseId: null,
    stream: false,
    kind: 'tool-loop',
    billing: 'metered',
    attribution: { ...NO_ATTRIBUTION, agent: 'codex', project: 'web', branch: 'feat-x', session: 's1' },
    conversation,
    attempt: 1,
    step: mark === undefined ? null : { tools, mark },
    contextTokens: context,
    contextWindow: 400_000,
    usage: { ...NO_USAGE, uncachedInput: context - cached, cacheRead: cached, output: 100 },
    costUsd: exactUsd(Math.round(usd * 1e9)),
    heldUsd: '0.000000000',
    clampedTo: null,
    priced: 'exact',
    priceVersion: 'test',
    httpStatus: 200,
    ending: 'complete',
    refusal: null,
    verdicts: [],
    ...change,
  }
}
const times = <T>(many: number, make: (index: number) => T) => Array.from({ length: many }, (_, index) => make(index))

function why(calls: CallRecord[], subject: CallRecord | null = null, rest = { calls: 0, tokens: 0, nanos: 0 }) {
  const totalNanos = calls.reduce((sum, { costUsd }) => sum + Math.round(Number(costUsd) * 1e9), 0)
  const answer = explain({
    subject,
    calls,
    totalNanos,
    totalCalls: calls.length,
    fromMs: START,
    untilMs: START + 900_000,
    rest,
    timeZone: 'UTC',
  })
  return whySchema.parse(answer)
}

describe('causes', () => {
  const growing = times(12, (n) =>
    record({ atSecond: n * 10, context: 4_000 + n * 6_000, cached: n === 0 ? 0 : 4_000 + (n - 1) * 6_000 }),
  )
  const cases: [string, CallRecord[], string, Record<string, unknown>][] = [
    [
      'loop',
      times(7, (n) => record({ atSecond: n * 5, mark: n < 2 ? `m${n}` : 'same', tools: ['run_tests'] })),
      'a loop, run_tests 5 times over',
      { repeats: 5, cycle: ['run_tests'] },
    ],
    [
      'loop',
      times(10, (n) => record({ atSecond: n * 5, mark: n % 2 ? 'a' : 'b', tools: [n % 2 ? 'read' : 'list'] })),
      'a loop, list, read 5 times over',
      { repeats: 5, cycle: ['list', 'read'] },
    ],
    [
      'loop',
      times(6, (n) => record({ atSecond: n, change: { attempt: n + 1, kind: n === 0 ? 'prompt' : 'retry' } })),
      '5 of its calls are retries',
      { repeats: 5 },
    ],
    [
      'loop',
      [
        record({
          change: {
            verdicts: [{ guard: 'loop', rule: 'loop', verdict: 'warn', reason: 'codex has called ls 9 times' }],
          },
        }),
      ],
      'codex has called ls 9 times',
      { verdict: 'codex has called ls 9 times' },
    ],
    [
      'cache-miss',
      times(4, (n) => record({ atSecond: n * 10, context: 30_000 + n * 100 })),
      'the history was paid for again, 90.3k tokens',
      { missedCalls: 3 },
    ],
    [
      'context-growth',
      growing,
      'its context grew from 4k to 70k tokens in 12 turns',
      { fromTokens: 4_000, toTokens: 70_000 },
    ],
    [
      'fan-out',
      times(9, (n) => record({ conversation: `c${n}`, seconds: 20 })),
      'up to 9 calls at a time',
      { parallel: 9 },
    ],
    ['volume', times(9, (n) => record({ atSecond: n * 60, conversation: `c${n}` })), '9 ordinary calls', {}],
    // A batch whose questions are alike but for a number.
    [
      'volume',
      times(9, (n) => record({ atSecond: n * 60, mark: 'ask.same', change: { kind: 'auxiliary' } })),
      '9 ordinary calls',
      {},
    ],
  ]
  test.each(cases)('%s', (cause, calls, sentence, evidence) => {
    const answer = why(calls)
    expect(answer).toMatchObject({ cause, evidence, attribution: { agent: 'codex', session: 's1' } })
    expect(answer.sentence).toContain(sentence)
    expect(answer.sentence).toMatch(/^codex in web \(feat-x\) spent \$\d+\.\d+ in \d+ calls? from 12:00 to 12:15 UTC/)
  })

  test('dear-model, measured by what else was used', () => {
    const calls = times(3, (n) => record({ atSecond: n * 60, conversation: `c${n}`, usd: 0.5, model: 'gpt-5-pro' }))
    expect(why(calls, null, { calls: 20, tokens: 1_000_000, nanos: 2e9 })).toMatchObject({
      cause: 'dear-model',
      evidence: { model: 'gpt-5-pro', othersUsdPerMillionTokens: 2 },
    })
  })

  test("a cached history is no miss, and a pause longer than the cache holds is nobody's fault", () => {
    expect(
      why(times(4, (n) => record({ atSecond: n * 10, context: 30_000, cached: n === 0 ? 0 : 29_000 }))).cause,
    ).toBe('volume')
    expect(why(times(4, (n) => record({ atSecond: n * 400, context: 30_000 }))).cause).toBe('volume')
  })
})

test('one call is explained by its own part in its conversation', () => {
  const calls = times(6, (n) =>
    record({ atSecond: n * 10, context: 30_000, cached: n === 3 || n === 0 ? 0 : 29_000, usd: 0.04 }),
  )
  const missed = calls[3] as CallRecord
  const answer = why(calls.slice(0, 4), missed)
  expect(answer).toMatchObject({ cause: 'cache-miss', costUsd: '0.040000000' })
  expect(answer.sentence).toBe(
    'This call of codex in web (feat-x) cost $0.0400: its history was paid for again, 30k tokens that the cache should have held.',
  )
  expect(answer.calls[0]).toBe(missed.id)
})
