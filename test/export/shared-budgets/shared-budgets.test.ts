import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { budgetStatus, spendSentence } from '../../../main/core/ledger/balances/budget-status.ts'
import { machineLacks } from '../../support/gateway/machine.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { type SlowWay, slowWay, startRedis, type TestRedis } from '../../support/redis.ts'

const LIMIT_USD = '0.10'
/** What one call of the fake costs: 1,000 × $2.50/M + 100 × $10.00/M. */
const CALL_NANOS = 3_500_000

describe.skipIf(machineLacks('redis'))('a budget over several machines', () => {
  let redis: TestRedis
  let gateways: Harness[] = []
  let ways: SlowWay[] = []
  beforeEach(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await Promise.all(ways.map((way) => way.close()))
    await redis.stop()
    gateways = []
    ways = []
  })

  const start = async (policy: Record<string, unknown> = {}, options: { home?: string; developer?: string } = {}) => {
    const gateway = await startHarness({
      behaviour: { inputTokens: () => 1_000, outputTokens: () => 100 },
      ...(options.home ? { home: options.home } : {}),
      settings: { port: 0, developer: options.developer ?? 'ada@acme.dev' },
      policy: {
        schema: 1,
        version: 1,
        timezone: 'UTC',
        rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: LIMIT_USD, per: 'day', shared: true }],
        shared: { url: redis.url },
        ...policy,
      },
    })
    gateways.push(gateway)
    return gateway
  }
  const call = async ({ url }: Harness) => {
    const response = await fetch(`${url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' },
      body: JSON.stringify({
        model: 'gpt-4o',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'word '.repeat(1_000) }],
      }),
    })
    const body = (await response.json()) as { error?: { message: string } }
    return { status: response.status, message: body.error?.message ?? '' }
  }
  const state = ({ gateway: { books } }: Harness) => books.balances.allStates(books.clock())[0]!
  const spentBy = (one: Harness) => state(one).shared?.ownSpent ?? 0

  test('what one machine spends the other cannot, and each says so', async () => {
    const laptop = await start()
    const devBox = await start()
    for (let count = 0; count < 10; count += 1) expect((await call(laptop)).status).toBe(200)
    const answers: { status: number; message: string }[] = []
    for (let count = 0; count < 25; count += 1) answers.push(await call(devBox))
    const refused = answers.find(({ status }) => status === 402)
    expect(refused?.message).toContain('shared with 1 other machine, $0.0350 of it spent there')
    const spent = spentBy(laptop) + spentBy(devBox)
    expect(spent).toBeGreaterThan(95_000_000)
    expect(spent).toBeLessThanOrEqual(100_000_000)
    expect(spentBy(laptop)).toBe(10 * CALL_NANOS)
    expect(spendSentence(state(devBox), 'UTC', Date.now())).toContain('of $0.10 today')
    expect(budgetStatus(state(devBox)).shared).toMatchObject({
      machines: 1,
      spentElsewhere: '0.035000000',
      trouble: null,
      sentence: 'shared with 1 other machine, $0.0350 of it spent there',
    })
  }, 60_000)
})
