import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FeedItem, SpendReport, Status } from '../../shared/contract/contract.ts'
import { noticeSchema, spendReportSchema, spendSeriesSchema, statusSchema } from '../../shared/contract/contract.ts'
import { callRecordSchema } from '../../shared/calls/call.ts'
import { connectControl, type ControlClient } from '../../main/control/client.ts'
import { type ControlServer, startControlServer } from '../../main/control/http-server.ts'
import { createTestView, DAILY, type TestView, type TestViewOptions } from '../support/gateway/control-view.ts'

const TOKEN = 'a-token-of-this-test'
const POLICY = {
  rules: [
    DAILY,
    { id: 'tests', guard: 'spend-cap', limitUsd: '2.00', per: 'day', scope: { environment: ['test', 'ci'] } },
  ],
}

let view: TestView
let server: ControlServer
let client: ControlClient

async function start(options: TestViewOptions = { policy: POLICY }): Promise<void> {
  view = await createTestView(options)
  server = await startControlServer({ view, token: TOKEN, port: 0, pageFolder: null })
  client = connectControl({ control: server.url, token: TOKEN })
}
beforeEach(() => start())
afterEach(async () => {
  await server.stop()
  view.close()
})

async function restart(options: TestViewOptions): Promise<void> {
  await server.stop()
  view.close()
  await start(options)
}

const query = async <T>(name: string, input?: unknown) => (await client.query(name, input)) as T
const errorOf = async (asked: Promise<unknown>) => {
  const error = (await asked.then(
    () => null,
    (reason: unknown) => reason,
  )) as { data: { httpStatus: number; allowance: { code: string; message: string } | null } } | null
  return (
    error && { status: error.data.httpStatus, code: error.data.allowance?.code, message: error.data.allowance?.message }
  )
}

describe('status', () => {
  it('shows what is spent, held and left of the daily cap', async () => {
    view.spend('1.230')
    view.admit({}, '0.041')
    const status = statusSchema.parse(await query('status'))
    expect(status).toMatchObject({
      state: 'ok',
      sentence: '$1.23 of $10.00 today, resets 00:00 UTC',
      developer: { id: 'ada@acme.dev', source: 'enrolment' },
      spend: {
        rule: 'daily',
        spentUsd: '1.230000000',
        heldUsd: '0.041000000',
        limitUsd: '10.000000000',
        leftUsd: '8.729000000',
        resetsAt: '2026-11-24T00:00:00.000Z',
      },
      policy: { version: 1, state: 'in-force' },
    })
    expect(status.budgets.map((budget) => [budget.rule, budget.spent, budget.left])).toEqual([
      ['daily', '1.230000000', '8.729000000'],
      ['tests', '0.000000000', '2.000000000'],
    ])
  })

  it('turns to the cap that is nearest to its end, whichever that is', async () => {
    view.spend('1.90', { environment: 'ci' })
    expect((await query<Status>('status')).spend).toMatchObject({ rule: 'tests', leftUsd: '0.100000000' })
  })

  it('leaves the caps of single sessions to the list, and calls without one together', async () => {
    await restart({
      policy: { rules: [DAILY, { id: 'each', guard: 'spend-cap', limitUsd: '1.00', per: 'day', each: 'session' }] },
    })
    view.spend('0.90', { session: 's1' })
    view.spend('0.10')
    view.admit({}, '0.05')
    const status = await query<Status>('status')
    expect(status.spend.rule).toBe('daily')
    expect(status.budgets.map((budget) => [budget.rule, budget.key, budget.spent, budget.held])).toEqual([
      ['daily', null, '1.000000000', '0.050000000'],
      ['each', 's1', '0.900000000', '0.000000000'],
      ['each', '', '0.100000000', '0.050000000'],
    ])
  })

  it('never shows less than nothing', async () => {
    view.spend('12.00')
    expect((await query<Status>('status')).spend).toMatchObject({
      leftUsd: '0.000000000',
      capReachedAt: new Date(view.nowMs).toISOString(),
    })
  })

  it('says at which pace money goes and when it is gone', async () => {
    view.spend('1.00')
    view.nowMs += 10 * 60_000
    view.spend('1.00')
    view.spend('5.00', { billing: 'subscription' })
    const { spend } = await query<Status>('status')
    expect(spend).toMatchObject({ burnUsdPerHour: '12.000000000', capReachedAt: '2026-11-23T12:57:00.000Z' })
    view.nowMs += 20 * 60_000
    expect((await query<Status>('status')).spend).toMatchObject({ burnUsdPerHour: '0.000000000', capReachedAt: null })
  })

  it('without a cap shows what today cost', async () => {
    await restart({ at: '2026-11-23T23:50:00Z' })
    view.spend('1.00')
    view.nowMs += 20 * 60_000
    view.spend('0.25')
    view.admit({}, '0.50')
    const status = statusSchema.parse(await query('status'))
    expect(status).toMatchObject({
      sentence: '$0.25 today, no cap',
      spend: {
        rule: null,
        spentUsd: '0.250000000',
        heldUsd: '0.500000000',
        limitUsd: null,
        leftUsd: null,
        resetsAt: '2026-11-25T00:00:00.000Z',
      },
      policy: { source: null, state: 'none' },
    })
  })
})

describe('calls', () => {
  it('come newest last, page backwards, and begin at a time', async () => {
    const ids = ['0.1', '0.2', '0.3'].map((cost) => {
      view.nowMs += 60_000
      return view.spend(cost)
    })
    const calls = callRecordSchema.array().parse(await query('calls', { limit: 2 }))
    expect(calls.map(({ id }) => id)).toEqual(ids.slice(1))
    expect((await query<{ id: string }[]>('calls', { before: calls[0]?.seq })).map(({ id }) => id)).toEqual(
      ids.slice(0, 1),
    )
    expect((await query<{ id: string }[]>('calls', { since: '90s' })).map(({ id }) => id)).toEqual(ids.slice(1))
  })

  it('tell their life', async () => {
    const id = view.spend('0.1')
    expect(await query('callLife', { id })).toMatchObject({
      record: { id, state: 'settled', costUsd: '0.100000000' },
      events: [{ type: 'call.admitted', body: { holdNanos: 10_000_000 } }, { type: 'call.settled' }],
    })
    expect(await errorOf(client.query('callLife', { id: 'none' }))).toMatchObject({ status: 404, code: 'not-found' })
  })

  it('reject an input that is none', async () => {
    expect(await errorOf(client.query('calls', { limt: 1 }))).toMatchObject({ status: 400 })
    expect(await errorOf(client.query('calls', { since: 'soon' }))).toMatchObject({
      status: 400,
      code: 'usage',
      message: expect.stringContaining('"soon"'),
    })
  })
})

describe('spend', () => {
  it('is grouped, with what nobody knows as null, and refusals counted', async () => {
    view.spend('1.00', { project: 'web' })
    view.spend('0.50')
    view.spend('0.75', { project: 'web', billing: 'subscription' })
    view.refuse({ project: 'web' })
    const report = spendReportSchema.parse(await query('spend', { by: 'project' }))
    expect(report).toMatchObject({
      by: 'project',
      since: '2026-11-23T00:00:00.000Z',
      total: {
        calls: 3,
        refused: 1,
        costUsd: '1.500000000',
        subscriptionUsd: '0.750000000',
        usage: { uncachedInput: 3_000, output: 30 },
      },
      rows: [
        { key: 'web', calls: 2, refused: 1, costUsd: '1.000000000' },
        { key: null, calls: 1, refused: 0, costUsd: '0.500000000' },
      ],
    })
  })

  it('is exact at the edges of the time asked for', async () => {
    for (const at of ['12:08', '12:20', '12:31', '12:46']) {
      view.nowMs = Date.parse(`2026-11-23T${at}:00Z`)
      view.spend('1.00')
    }
    view.nowMs += 60_000
    const sum = async (since: string, until?: string) =>
      (
        await query<SpendReport>('spend', {
          by: 'model',
          since: `2026-11-23T${since}Z`,
          ...(until ? { until: `2026-11-23T${until}Z` } : {}),
        })
      ).total.costUsd
    expect(await sum('12:08')).toBe('4.000000000')
    expect(await sum('12:08:00.001')).toBe('3.000000000')
    expect(await sum('12:09', '12:46')).toBe('2.000000000')
    expect(await sum('12:16', '12:25')).toBe('1.000000000')
    expect(await sum('12:21', '12:22')).toBe('0.000000000')
  })

  it('by the hour follows the clock on the wall', async () => {
    await restart({ policy: { ...POLICY, timezone: 'Asia/Kolkata' }, at: '2026-11-23T12:20:00Z' })
    view.spend('1.00')
    view.nowMs += 20 * 60_000
    view.spend('2.00')
    const { rows, timezone } = await query<SpendReport>('spend', { by: 'hour' })
    expect(timezone).toBe('Asia/Kolkata')
    expect(rows.map((row) => [row.key, row.costUsd])).toEqual([
      ['2026-11-23T11:30:00.000Z', '1.000000000'],
      ['2026-11-23T12:30:00.000Z', '2.000000000'],
    ])
  })

  it('over time has every step, also the empty ones', async () => {
    view.spend('1.00')
    const { stepMs, points } = spendSeriesSchema.parse(await query('series', {}))
    expect(stepMs).toBe(900_000)
    expect(points).toHaveLength(49)
    expect(points.at(-1)).toEqual({ at: '2026-11-23T12:00:00.000Z', costUsd: '1.000000000' })
    expect((await query<{ points: unknown[] }>('series', { since: '365d' })).points.length).toBeLessThanOrEqual(1_000)
  })
})

describe('notices', () => {
  it('tell of a refusal once a rule and window', async () => {
    view.refuse()
    view.refuse()
    view.refuse({}, { rule: 'tests' })
    view.books.ledger.append({
      type: 'policy.rejected',
      source: 's',
      code: 'policy-invalid',
      message: 'the policy was rejected: x',
    })
    const notices = noticeSchema.array().parse(await query('notices'))
    expect(notices.map(({ level, title }) => [level, title])).toEqual([
      ['stop', 'Cap reached'],
      ['stop', 'Cap reached'],
      ['warn', 'A policy was rejected'],
    ])
  })
})

describe('the rules', () => {
  it('are explained in sentences, with whose they are', async () => {
    await restart({ policy: POLICY, settings: { rules: [{ ...DAILY, id: 'mine', limitUsd: '3.00' }] } })
    expect(await query('policy')).toMatchObject({
      status: { version: 1 },
      rules: [
        {
          id: 'daily',
          sentence:
            'All calls together may spend $10.00 per day: beyond that they are refused; warnings at 50 % and 80 %',
          source: 'policy',
        },
        { id: 'tests', source: 'policy' },
        { id: 'mine', source: 'own' },
      ],
    })
  })

  it.each([
    ['8.00', {}, { ok: true, leftUsd: '9.000000000', rule: 'daily' }],
    ['9.50', {}, { ok: false, leftUsd: '9.000000000', rule: 'daily' }],
    ['2.50', { environment: 'ci' }, { ok: false, leftUsd: '2.000000000', rule: 'tests' }],
  ])('guard %s for %j', async (minLeftUsd, scope, expected) => {
    view.spend('1.00')
    expect(await query('guard', { minLeftUsd, scope })).toMatchObject({ schema: 1, ...expected })
  })
})

describe('raise', () => {
  const raise = (input: Record<string, unknown>) => client.mutation('raise', { reason: 'demo', ...input })

  it('is granted within what the policy allows, so often, and ends with the window', async () => {
    await restart({ policy: { ...POLICY, raise: { upToUsd: '5.00', perDay: 2 } } })
    view.spend('10.00')
    expect(await errorOf(raise({ amountUsd: '5.01' }))).toMatchObject({
      status: 403,
      code: 'not-allowed',
      message: expect.stringContaining('$5.00'),
    })
    expect(await raise({ amountUsd: '5.00' })).toMatchObject({
      rule: 'daily',
      until: '2026-11-24T00:00:00.000Z',
      leftUsd: '5.000000000',
    })
    expect((await query<Status>('status')).spend).toMatchObject({ raisedUsd: '5.000000000', leftUsd: '5.000000000' })
    expect(await raise({ amountUsd: '1.00', rule: 'tests', for: '2h' })).toMatchObject({
      rule: 'tests',
      until: '2026-11-23T14:07:00.000Z',
    })
    expect(await errorOf(raise({ amountUsd: '1.00' }))).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('2 raises a day'),
    })
    view.nowMs += 86_400_000
    expect((await query<Status>('status')).spend).toMatchObject({ raisedUsd: '0.000000000', leftUsd: '10.000000000' })
  })

  it('is not granted where the policy says nothing of it, nor for a rule that does not exist', async () => {
    expect(await errorOf(raise({ amountUsd: '1.00' }))).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(await errorOf(raise({ amountUsd: '1.00', rule: 'dayly' }))).toMatchObject({
      status: 404,
      message: expect.stringContaining('daily, tests'),
    })
    expect(await errorOf(raise({ amountUsd: 'some' }))).toMatchObject({ status: 400, code: 'usage' })
  })
})

describe('what this gateway cannot do', () => {
  it('is said to be so', async () => {
    expect(await errorOf(client.mutation('pause', {}))).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(await errorOf(client.mutation('answer', { callId: 'x', answer: 'once' }))).toMatchObject({
      status: 404,
      code: 'not-found',
    })
  })
})

describe('the feed', () => {
  /** Takes items until there are `count`, then leaves. */
  function take(
    count: number,
    input: Record<string, unknown>,
    onReady = () => {},
  ): Promise<{ id: string; data: FeedItem }[]> {
    return new Promise((resolve, reject) => {
      const items: { id: string; data: FeedItem }[] = []
      const subscription = client.subscription('feed', input, {
        onStarted: onReady,
        onData: (item) => {
          items.push(item as { id: string; data: FeedItem })
          if (items.length < count) return
          subscription.unsubscribe()
          resolve(items)
        },
        onError: reject,
      })
    })
  }
  const told = (items: { data: FeedItem }[]) =>
    items.map(({ data }) =>
      data.type === 'call' ? `${data.call.state} ${data.seq}` : data.type === 'notice' ? data.notice.title : data.what,
    )

  it('tells each change of state as it happens', async () => {
    const items = await take(4, {}, () => {
      view.spend('6.00')
      view.refuse()
    })
    expect(told(items)).toEqual(['open 1', 'settled 2', 'refused 3', 'Cap reached'])
  })

  it('resumes after the last item that was seen', async () => {
    view.spend('1.00')
    const [first] = await take(1, { afterSeq: 0 })
    view.books.ledger.append({ type: 'budget.raised', rule: 'daily', amountNanos: 1, reason: 'x', untilMs: 0 })
    expect(told(await take(2, { lastEventId: first?.id }))).toEqual(['settled 2', 'budget'])
    expect(told(await take(2, { afterSeq: 0, lastEventId: '2' }))).toEqual(['budget', 'daily raised by <$0.0001'])
  })

  it('catches up by how calls stand now', async () => {
    for (let count = 0; count < 150; count += 1) view.spend('0.001')
    const items = await take(150, { afterSeq: 0 })
    expect(items.filter(({ data }) => data.type === 'call' && data.call.state === 'open').length).toBeLessThanOrEqual(
      50,
    )
    expect(items.at(-1)?.data.seq).toBeGreaterThan(200)
  })

  it('lets go when its reader leaves', async () => {
    const before = view.books.ledger.listenerCount
    await take(1, { afterSeq: 0 }, () => view.spend('0.1'))
    await expect.poll(() => view.books.ledger.listenerCount).toBe(before)
  })
})
