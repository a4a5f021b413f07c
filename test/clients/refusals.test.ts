import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GUARDS } from '../../main/core/policy/guards/registry.ts'
import type { RefusalCode } from '../../shared/verdict.ts'
import { type Client, installed, Matrix, MODES } from './matrix.ts'

interface Row {
  /** The rule's own options; it is held to the sessions of its name. */
  rule: Record<string, unknown>
  code: RefusalCode
  status?: number
  /** Calls that come before it in its session. */
  before?: number
  /** Those that come before it fail. */
  fails?: boolean
  /** A stream of its session goes on beside it. */
  lingers?: boolean
}

/** For every guard, calls that it refuses. */
const ROWS: Record<string, Row> = {
  'spend-cap': { rule: { limitUsd: '0.0000001', per: 'day' }, code: 'cap-reached' },
  'token-cap': { rule: { limitTokens: 1, per: 'day' }, code: 'cap-reached' },
  'rate-limit': { rule: { limitCalls: 1, per: '6 seconds', each: 'session' }, code: 'rate-limited', before: 1 },
  'token-rate': { rule: { limitTokens: 1, per: '6 seconds', each: 'session' }, code: 'rate-limited', before: 1 },
  'spend-rate': { rule: { limitUsd: '0.0000001', per: '10 minutes' }, code: 'cap-reached' },
  'call-cap': { rule: { limitUsd: '0.0000001' }, code: 'call-cap' },
  'context-cap': { rule: { limitTokens: 10 }, code: 'context-too-large', status: 400 },
  'conversation-cap': { rule: { limitTurns: 1 }, code: 'conversation-limit', before: 1 },
  loop: { rule: { repeats: 3 }, code: 'loop-detected', before: 2 },
  'retry-storm': { rule: { repeats: 2 }, code: 'retry-storm', before: 2, fails: true },
  'fan-out': { rule: { limitParallel: 1 }, code: 'fan-out', lingers: true },
  'cache-miss-streak': { rule: { repeats: 2, minTokens: 20 }, code: 'cache-miss-streak', before: 2 },
  orphan: { rule: { after: '0.2 seconds' }, code: 'orphan' },
  'quiet-hours': { rule: { from: '00:00', to: '00:00' }, code: 'quiet-hours' },
  'model-access': { rule: { deny: ['*'] }, code: 'model-not-allowed' },
  'provider-access': { rule: { deny: ['*'] }, code: 'provider-not-allowed' },
}
const SDKS = [
  'openai, chat',
  'openai, responses',
  '@anthropic-ai/sdk',
  '@google/genai',
  'AI SDK, openai',
  'AI SDK, anthropic',
  'AI SDK, google',
]
/** They wait as long as the rate limit says and try again; what they then get is an answer. */
const WAITS = new Set(SDKS.filter((name) => name !== '@google/genai'))
const RULES = Object.entries(ROWS).map(([guard, { rule }]) => ({
  id: guard,
  guard,
  scope: { session: `${guard}.*` },
  ...rule,
}))

/** What the program writes down of one call (programs/refusals.mjs). */
interface Told {
  name: string
  sdk: string
  session: string
  primers: string[]
  attempts: { status: number; headers: Record<string, string>; body: string | null }[]
  told: { status: number | null; message: string } | null
}

const program = (cases: unknown[], ...prefix: string[]): Client => ({
  name: 'every SDK',
  process: /^node/,
  command: () => [
    ...prefix,
    'node',
    path.join(installed('sdks') ?? '', 'programs/refusals.mjs'),
    JSON.stringify({ cases }),
  ],
})
/** The session's leader ends at once, as a terminal does that is closed; what it started goes on. */
const ORPHANED = ['setsid', 'sh', '-c', '"$@" & exit 0', 'sh']

const isLinux = process.platform === 'linux'
const asked = Object.entries(ROWS).filter(([guard]) => guard !== 'orphan' || isLinux)

test('no guard is left out', () => {
  expect(Object.keys(ROWS).sort()).toEqual(GUARDS.map(({ name }) => name).sort())
})

describe.skipIf(installed('sdks') === null).each(MODES)('every guard, every SDK, by %s', (mode) => {
  const matrix = new Matrix()
  /** Prompts that the far end was sent. */
  const arrived: string[] = []
  let all: Told[] = []
  beforeAll(async () => {
    await matrix.start(RULES)
    const { behaviour } = matrix.fake
    behaviour.latencyMs = ({ texts }) => (texts[0] === 'linger' ? 600_000 : 1)
    behaviour.fail = ({ texts }) => {
      arrived.push(texts[0] ?? '')
      const [guard = ''] = (texts[0] ?? '').split('.')
      return ROWS[guard]?.fails ? { status: 503, body: { error: { message: 'overloaded' } } } : null
    }
    const cases = Object.entries(ROWS)
      .filter(([guard]) => guard !== 'orphan')
      .map(([name, { before = 0, lingers = false }]) => ({ name, before, lingers }))
    const runs = await Promise.all([
      matrix.run(program(cases), mode, 'plain', { session: null }),
      ...(isLinux
        ? [
            matrix.run(program([{ name: 'orphan', before: 0, until: 402 }], ...ORPHANED), mode, 'plain', {
              session: null,
            }),
          ]
        : []),
    ])
    const output = runs.map((ran) => ran.output).join('')
    const lines = output.split('\n').filter((line) => line.startsWith('{'))
    all = lines.map((line) => JSON.parse(line) as Told)
    if (all.length !== asked.length * SDKS.length) throw new Error(output)
  })
  afterAll(() => matrix.stop())

  describe.each(asked)('%s', (guard, row) => {
    test.each(SDKS)('%s', (sdk) => {
      const one = all.find(({ name, sdk: by }) => name === guard && by === sdk)
      if (!one) throw new Error('was not played')
      const { attempts, told, primers } = one
      expect(primers).toEqual(Array.from({ length: row.before ?? 0 }, () => (row.fails ? 'failed' : 'answered')))
      const isRate = row.code === 'rate-limited'
      const waits = isRate && WAITS.has(sdk)
      const refused = attempts.filter(({ status }) => status !== 200)

      // One request, and the sentence. A rate limit says when, and whoever listens gets an answer then.
      expect(attempts.map(({ status }) => status)).toEqual(waits ? [429, 200] : [row.status ?? (isRate ? 429 : 402)])
      if (waits) expect(told).toBeNull()
      else expect(told?.message.replaceAll('\\', '')).toContain(`Rule "${guard}" of policy version 1.`)
      if (told?.status) expect(told.status).toBe(row.status ?? (isRate ? 429 : 402))
      const [refusal] = refused
      const { headers = {}, body = '' } = refusal ?? {}
      expect(headers['content-type']).toBe('application/json')
      if (isRate) {
        expect(headers['x-should-retry']).toBeUndefined()
        expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(6)
      } else {
        expect(headers['x-should-retry']).toBe('false')
        expect(headers['retry-after']).toBeUndefined()
      }

      // The same for machines, in the error body and in the books.
      const { error } = JSON.parse(body ?? '') as { error: { message: string; allowance: Record<string, unknown> } }
      const record = matrix.callsOf(one.session).find(({ id }) => id === headers['x-allowance-call-id'])
      expect(record).toMatchObject({ state: 'refused', costUsd: null, refusal: { code: row.code, rule: guard } })
      const { spentUsd, heldUsd, limitUsd, resetsAt, message } = record?.refusal ?? {}
      expect(error.allowance).toEqual({
        code: row.code,
        rule: guard,
        policyVersion: 1,
        spentUsd,
        heldUsd,
        limitUsd,
        resetsAt,
        callId: record?.id,
      })
      expect(error.message).toContain(message)

      // The far end heard of those that were let through, and of no other.
      const letThrough = matrix.callsOf(one.session).filter(({ state }) => state !== 'refused').length
      expect(arrived.filter((text) => text.startsWith(one.session))).toHaveLength(letThrough - (row.lingers ? 1 : 0))
      if (guard !== 'orphan') expect(letThrough).toBe((row.before ?? 0) + (row.lingers ? 1 : 0) + (waits ? 1 : 0))
    })
  })
})
