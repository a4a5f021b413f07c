import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GUARDS } from '../../main/core/policy/guards/registry.ts'
import { farEnd, ORPHANED, REFUSING_RULES, refusingPolicy } from '../support/providers/refusing-rules.ts'
import { type Client, installed, Matrix, MODES } from './support/matrix.ts'

const SDKS = [
  'openai, chat',
  'openai, responses',
  '@anthropic-ai/sdk',
  '@google/genai',
  'AI SDK, openai',
  'AI SDK, anthropic',
  'AI SDK, google',
]
/** Long enough for a call to come second on a busy machine, and then it is waited for. */
const RATE_SECONDS = 10
/** They wait as long as the rate limit says and try again; what they then get is an answer. */
const WAITS = new Set(SDKS.filter((name) => name !== '@google/genai'))

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
const isLinux = process.platform === 'linux'
const asked = Object.entries(REFUSING_RULES).filter(([, { isOrphan }]) => !isOrphan || isLinux)

test('no guard is left out', () => {
  expect(Object.keys(REFUSING_RULES).sort()).toEqual(GUARDS.map(({ name }) => name).sort())
})

describe.skipIf(installed('sdks') === null).each(MODES)('every guard, every SDK, by %s', (mode) => {
  const matrix = new Matrix()
  /** Prompts that the far end was sent. */
  const arrived: string[] = []
  let all: Told[] = []
  beforeAll(async () => {
    await matrix.start(refusingPolicy(`${RATE_SECONDS} seconds`))
    matrix.fake.behaviour.latencyMs = farEnd.latencyMs
    matrix.fake.behaviour.fail = (question) => {
      arrived.push(question.texts[0] ?? '')
      return farEnd.fail(question)
    }
    const cases = Object.entries(REFUSING_RULES)
      .filter(([, { isOrphan }]) => !isOrphan)
      .map(([name, { before = 0, lingers = false }]) => ({ name, before, lingers }))
    const runs = await Promise.all([
      matrix.run(program(cases), mode, 'plain', { session: null }),
      ...(isLinux
        ? [
            matrix.run(program([{ name: 'orphan', before: 0, until: 402 }], 'setsid', ...ORPHANED), mode, 'plain', {
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
      expect(attempts.map(({ status }) => status)).toEqual(waits ? [429, 200] : [row.status])
      if (waits) expect(told).toBeNull()
      else expect(told?.message.replaceAll('\\', '')).toContain(`Rule "${guard}" of policy version 1.`)
      if (told?.status) expect(told.status).toBe(row.status)
      const [refusal] = refused
      const { headers = {}, body = '' } = refusal ?? {}
      expect(headers['content-type']).toBe('application/json')
      if (isRate) {
        expect(headers['x-should-retry']).toBeUndefined()
        expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(RATE_SECONDS)
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
      if (!row.isOrphan) expect(letThrough).toBe((row.before ?? 0) + (row.lingers ? 1 : 0) + (waits ? 1 : 0))
    })
  })
})
