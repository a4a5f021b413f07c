import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { GPT_4O_RATES } from '../../support/providers/unkind.ts'

/** gpt-4o at $10.00 per million: some 4,000 tokens are four cents. The model would go on for 20,000. */
const LIMIT_USD = 0.04
const QUESTION = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'count to a million' }] }
const CALL_CAP = { id: 'one', guard: 'call-cap', limitUsd: String(LIMIT_USD) }

describe('what is not seen as it grows', () => {
  let harness: Harness
  let client: OpenAI
  beforeEach(async () => {
    harness = await startHarness({
      behaviour: { latencyMs: () => 0, outputTokens: () => 20_000 },
      rules: [CALL_CAP],
    })
    client = new OpenAI({ apiKey: 'sk', baseURL: `${harness.url}/openai/v1` })
  })
  afterEach(() => harness.stop())

  test('is clamped to what one call may cost, and says so', async () => {
    const { data, response } = await client.chat.completions.create(QUESTION).withResponse()
    const clampedTo = Number(response.headers.get('x-allowance-clamped'))
    expect(data.usage?.completion_tokens).toBe(clampedTo)
    expect(clampedTo).toBeGreaterThan(3_900)
    expect(harness.fake.bill(GPT_4O_RATES) / 1e9).toBeLessThanOrEqual(LIMIT_USD)
    const [record] = harness.calls()
    expect(record).toMatchObject({ state: 'settled', clampedTo })
    expect(Number(record?.heldUsd)).toBeLessThanOrEqual(LIMIT_USD)
  })

  test('goes as it came where it names a maximum that fits', async () => {
    const asked = { ...QUESTION, max_tokens: 3_000 }
    const { response } = await client.chat.completions.create(asked).withResponse()
    expect(response.headers.get('x-allowance-clamped')).toBeNull()
    expect(harness.fake.records[0]?.body).toEqual(asked)
  })
})

describe('a stream whose provider knows no end', () => {
  let farEnd: FarEnd
  let harness: Harness
  beforeEach(async () => {
    farEnd = await startFarEnd((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let chunk = 0; chunk < 100; chunk += 1) response.write(chatChunk(' word'.repeat(50)))
    })
  })
  afterEach(async () => {
    await harness.stop()
    await farEnd.stop()
  })

  test.each([
    [
      'one call may cost no more',
      CALL_CAP,
      /^Allowance: this answer has come to \$0\.04\d*, the most that one call may cost, and was ended here\. .*Rule "one" of policy version 1\.$/,
    ],
    [
      'the day may cost no more',
      { id: 'daily', guard: 'spend-cap', limitUsd: String(LIMIT_USD), per: 'day' },
      /^Allowance: spend cap reached: .* of \$0\.04\d*, so this answer was ended here\. .*Rule "daily" of policy version 1\.$/,
    ],
  ])('ends where %s, and says why', async (_name, rule, sentence) => {
    harness = await startHarness({ rules: [rule], settings: { upstreams: { openai: farEnd.url } } })
    const client = new OpenAI({ apiKey: 'sk', baseURL: `${harness.url}/openai/v1` })
    const stream = await client.chat.completions.create({ ...QUESTION, stream: true })
    const read = async () => {
      for await (const _chunk of stream);
    }
    await expect(read()).rejects.toThrow(sentence)
    const record = await harness.waitFor(({ state }) => state === 'settled')
    expect(record).toMatchObject({ ending: 'cut', httpStatus: 200, refusal: { rule: rule.id } })
    expect(record.usage?.output).toBeGreaterThan(3_000)
  })
})
