import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { budgetStatus, spendSentence } from '../../main/core/ledger/balances/budget-status.ts'
import { callEvents } from '../../main/ledger/queries/call-queries.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { type SlowWay, slowWay, startRedis, type TestRedis } from '../support/redis.ts'

const LIMIT_USD = '0.10'
/** What one call of the fake costs: 1,000 × $2.50/M + 100 × $10.00/M. */
const CALL_NANOS = 3_500_000

describe.skipIf(machineLacks('redis'))('a budget over several machines', () => {
  let redis: TestRedis
  let gateways: Harness[] = []
  let ways: SlowWay[] = []
  beforeEach(async () => {
    redis = await startRedis()
    // A server that is not new: a new one waits for reports first.
    for (const prefix of ['allowance:', 'acme:']) await redis.run('SET', `${prefix}{budgets}:began`, '1')
  })
  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await Promise.all(ways.map((way) => way.close()))
    await redis.stop()
    gateways = []
    ways = []
  })

  const start = async (
    policy: Record<string, unknown> = {},
    options: { home?: string; developer?: string; env?: Record<string, string> } = {},
  ) => {
    const gateway = await startHarness({
      behaviour: { inputTokens: () => 1_000, outputTokens: () => 100 },
      ...(options.home ? { home: options.home } : {}),
      ...(options.env ? { env: options.env } : {}),
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

  test('a machine that starts again goes on from its own books and is not counted twice', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    const first = await start({}, { home })
    for (let count = 0; count < 5; count += 1) expect((await call(first)).status).toBe(200)
    await gateways.pop()!.stop()
    const again = await start({}, { home })
    const other = await start()
    expect((await call(again)).status).toBe(200)
    expect((await call(other)).status).toBe(200)
    expect(spentBy(again)).toBe(6 * CALL_NANOS)
    await until(() => state(other).shared?.spentElsewhere === 6 * CALL_NANOS)
    expect(state(other).shared?.machines).toBe(1)
    rmSync(home, { recursive: true, force: true })
  }, 60_000)

  test('no call waits for the network while the budget is far from used up, however slow the server is', async () => {
    const way = await slowWay(redis.port, 300)
    ways.push(way)
    const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day', shared: true }]
    const laptop = await start({ rules, shared: { url: way.url } })
    laptop.fake.behaviour.latencyMs = () => 100
    await until(() => state(laptop).shared!.upTo! > 0)
    const worker = async () => {
      for (let count = 0; count < 20; count += 1) expect((await call(laptop)).status).toBe(200)
    }
    await Promise.all([worker(), worker(), worker(), worker()])
    expect(callEvents(laptop.gateway.books.ledger.store.database, ['call.waiting'], 0)).toEqual([])
    expect(spentBy(laptop)).toBe(80 * CALL_NANOS)
  }, 60_000)

  test('while the server is away the lease can be spent, and then calls are refused with the reason', async () => {
    const laptop = await start()
    expect((await call(laptop)).status).toBe(200)
    await redis.kill()
    const leased = state(laptop).shared!.upTo! - spentBy(laptop)
    expect(leased).toBeGreaterThan(0)
    const answers: { status: number; message: string }[] = []
    while (answers.at(-1)?.status !== 402) answers.push(await call(laptop))
    expect(spentBy(laptop)).toBeLessThanOrEqual(leased + CALL_NANOS)
    expect(answers.at(-1)?.message).toMatch(/its server does not answer \(.*\), so only what was leased before can be/)
    expect(spendSentence(state(laptop), 'UTC', Date.now())).toContain('its server does not answer')
    await redis.start()
    await until(() => state(laptop).shared?.trouble === null)
    expect((await call(laptop)).status).toBe(200)
  }, 60_000)

  test('a policy that says open lets a machine count alone while the server is away', async () => {
    const laptop = await start({ onUnavailable: { shared: 'open' } })
    expect((await call(laptop)).status).toBe(200)
    await redis.kill()
    for (let count = 0; count < 10; count += 1) expect((await call(laptop)).status).toBe(200)
    expect(spendSentence(state(laptop), 'UTC', Date.now())).toContain('this machine counts alone')
    const answers: { status: number; message: string }[] = []
    for (let count = 0; count < 25; count += 1) answers.push(await call(laptop))
    expect(answers.at(-1)?.status).toBe(402)
    expect(spentBy(laptop)).toBeLessThanOrEqual(100_000_000)
  }, 60_000)

  test('a server that comes back empty leases nothing before every machine has reported', async () => {
    const laptop = await start()
    const devBox = await start()
    for (let count = 0; count < 15; count += 1) expect((await call(laptop)).status).toBe(200)
    await redis.kill()
    await redis.start()
    const answers: number[] = []
    for (let count = 0; count < 25; count += 1) answers.push((await call(devBox)).status)
    expect(answers).toContain(402)
    expect(spentBy(laptop) + spentBy(devBox)).toBeLessThanOrEqual(100_000_000)
    expect(spentBy(laptop)).toBe(15 * CALL_NANOS)
  }, 60_000)

  test('a connection that went silent is made anew', async () => {
    const way = await slowWay(redis.port)
    ways.push(way)
    const laptop = await start({ shared: { url: way.url } })
    expect((await call(laptop)).status).toBe(200)
    way.silent = true
    await until(() => state(laptop).shared?.trouble !== null)
    expect(state(laptop).shared?.trouble).toMatch(/no answer within 5 s|no connection|closed/i)
    way.silent = false
    await until(() => state(laptop).shared?.trouble === null)
  }, 60_000)

  test('other developers have a budget of their own, unless the rule is for everyone', async () => {
    const rule = { guard: 'spend-cap', limitUsd: LIMIT_USD, per: 'day' }
    const policy = {
      rules: [
        { ...rule, id: 'each', shared: true },
        { ...rule, id: 'all', shared: 'everyone' },
      ],
    }
    const ada = await start(policy)

    const bob = await start(policy, { developer: 'bob@acme.dev' })
    expect((await call(ada)).status).toBe(200)
    expect((await call(bob)).status).toBe(200)
    const of = (id: string) =>
      bob.gateway.books.balances.allStates(Date.now()).find((one) => one.rule.id === id)?.shared
    await until(() => of('all')?.spentElsewhere === CALL_NANOS)
    expect(of('each')).toMatchObject({ machines: 0, spentElsewhere: 0 })
  }, 60_000)

  test('a budget for each value is shared value by value', async () => {
    const rules = [{ id: 'each', guard: 'spend-cap', limitUsd: '0.02', per: 'day', each: 'project', shared: true }]
    const laptop = await start({ rules })
    const devBox = await start({ rules })
    const web = async ({ url }: Harness) => (await call({ url: `${url}/@project=web` } as Harness)).status
    for (let count = 0; count < 4; count += 1) expect(await web(laptop)).toBe(200)
    const statuses: number[] = []
    for (let count = 0; count < 4; count += 1) statuses.push(await web(devBox))
    expect(statuses.at(-1)).toBe(402)
    expect((await call({ url: `${devBox.url}/@project=api` } as Harness)).status).toBe(200)
  }, 60_000)

  test('the server sees no names, under a prefix of its own, by a user who may run the script and no more', async () => {
    await redis.run(
      ...'ACL SETUSER gateway on >s3cret ~acme:* +eval +evalsha +time +hgetall +hset +get +set +pexpireat +ping'.split(
        ' ',
      ),
    )
    await redis.run('ACL', 'SETUSER', 'default', 'off')
    const env = { ALLOWANCE_SHARED_USERNAME: 'gateway', ALLOWANCE_SHARED_PASSWORD: 's3cret' }
    const laptop = await start({ shared: { url: redis.url, prefix: 'acme:' } }, { env })
    expect((await call(laptop)).status).toBe(200)
    expect(state(laptop).shared?.trouble).toBeNull()
    expect(laptop.log.join('')).not.toContain('s3cret')
    const stranger = await start(
      { shared: { url: redis.url, prefix: 'acme:' } },
      { env: { ALLOWANCE_SHARED_PASSWORD: 'no' } },
    )
    await until(() => state(stranger).shared?.trouble !== null)
    expect(state(stranger).shared?.trouble).toMatch(/WRONGPASS/)
  }, 60_000)
})

/** The gateways look at their leases by themselves; their state has no event of its own. */
function until(holds: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(holds()).toBe(true), { timeout: 30_000, interval: 20 })
}
