import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { callList, conversationList } from '../../../main/control/explore/call-list.ts'
import { exploreSpend, facets, forecast } from '../../../main/control/explore/explore.ts'
import { clientList, projectList } from '../../../main/control/explore/explore-lists.ts'
import { spendBy } from '../../../main/control/views/spend.ts'
import { explainSpike } from '../../../main/control/explore/spike.ts'
import { createTestView, type TestView } from '../../support/gateway/control-view.ts'

let view: TestView
afterEach(() => view.close())

const frame = (timeZone = 'UTC') => ({
  database: view.books.ledger.store.database,
  timeZone,
  nowMs: view.nowMs,
})
const at = (time: string) => {
  view.nowMs = Date.parse(time)
}

describe('spend over time', () => {
  test('is told by bucket and by value, beside the same part of the period before', async () => {
    view = await createTestView({ at: '2026-11-22T09:10:00Z' })
    view.spend('1.00', { project: 'web' })
    at('2026-11-22T20:00:00Z')
    view.spend('5.00', { project: 'web' })
    at('2026-11-23T09:10:00Z')
    view.spend('2.00', { project: 'web' })
    at('2026-11-23T10:20:00Z')
    view.spend('0.50', { project: 'api' })
    view.refuse({ project: 'api' })
    at('2026-11-23T11:00:00Z')
    const answer = exploreSpend(frame(), {
      by: 'project',
      since: '2026-11-23',
      until: '2026-11-24',
      bucket: 'hour',
      compareSince: '2026-11-22',
    })
    expect(answer.buckets).toHaveLength(24)
    expect(answer.total).toMatchObject({ calls: 2, refused: 1, costUsd: '2.500000000' })
    // What was spent yesterday evening is not held against this morning.
    expect(answer.previous).toMatchObject({ calls: 1, costUsd: '1.000000000' })
    expect(answer.rows.map(({ key, costUsd, previousUsd }) => [key, costUsd, previousUsd])).toEqual([
      ['web', '2.000000000', '1.000000000'],
      ['api', '0.500000000', '0.000000000'],
    ])
    expect(answer.rows[0]?.bucketNanos?.[9]).toBe(2_000_000_000)
    expect(answer.rows[1]?.bucketNanos?.[10]).toBe(500_000_000)
    expect(answer.restNanos.every((nanos) => nanos === 0)).toBe(true)
  })

  test('has rows whose filters find exactly their calls, whatever the dimension', async () => {
    view = await createTestView({ at: '2026-11-23T09:10:00Z' })
    const word = fc.constantFrom('a', 'b', 'it’s "x"', '*')
    const call = fc.record(
      { project: word, session: word, model: word, environment: fc.constantFrom('dev', 'test', 'ci') },
      { requiredKeys: [] },
    )
    for (const changes of fc.sample(call, { numRuns: 40, seed: 7 }))
      view.spend('0.01', changes as Parameters<TestView['spend']>[1])
    const span = { since: '2026-11-23', until: '2026-11-24' }
    for (const by of ['project', 'session', 'model', 'environment', 'agent', 'conversation', 'kind']) {
      const answer = exploreSpend(frame(), { ...span, by, bucket: 'day' })
      expect(answer.total.calls).toBe(40)
      for (const row of answer.rows) {
        const found = callList(frame(), { ...span, filter: row.filter, limit: 100 })
        expect(found.calls).toHaveLength(row.calls)
        expect(found.total.costUsd).toBe(row.costUsd)
      }
    }
  })

  test('agrees with the report of `spend`, also across the hours that a clock shows twice', async () => {
    view = await createTestView({ at: '2026-10-24T21:50:00Z' })
    for (let quarter = 0; quarter < 120; quarter += 1) {
      view.nowMs += 15 * 60_000
      view.spend('0.25', { project: `p${quarter % 3}` })
    }
    view.nowMs += 15 * 60_000
    const span = { since: '2026-10-25', until: '2026-10-26' }
    const answer = exploreSpend(frame('Europe/Paris'), { ...span, by: 'project', bucket: 'hour' })
    expect(answer.buckets).toHaveLength(25)
    const report = spendBy(frame().database, { ...span, by: 'project' }, 'Europe/Paris', view.nowMs)
    expect(answer.total.costUsd).toBe(report.total.costUsd)
    expect(answer.total.calls).toBe(100)
    const drawn = answer.rows.flatMap(({ bucketNanos }) => bucketNanos ?? []).reduce((sum, nanos) => sum + nanos, 0)
    expect(drawn).toBe(25_000_000_000)
  })

  test('keeps the sums by hour true when a price is corrected and when old sums are forgotten', async () => {
    view = await createTestView({ at: '2026-11-20T09:10:00Z' })
    const id = view.spend('1.00', { project: 'web' })
    at('2026-11-20T09:40:00Z')
    view.spend('2.00', { project: 'web' })
    const record = view.books.ledger.store.closedCall(id)!.record
    view.books.reprice(id, 'price-corrected', {
      usage: record.usage!,
      costNanos: 3_000_000_000,
      priced: 'exact',
      priceVersion: 'later',
      responseModel: record.responseModel,
    })
    at('2026-11-23T09:00:00Z')
    const ask = () =>
      exploreSpend(frame(), { by: 'project', since: '2026-11-20', until: 'now', bucket: 'day' }).total.costUsd
    expect(ask()).toBe('5.000000000')
    view.books.ledger.store.prune({ callsMs: 0, sumsMs: Date.parse('2026-11-20T09:30:00Z') })
    expect(ask()).toBe('2.000000000')
  })

  test('says what a day and a month come to once there are three days to go by, and nothing before', async () => {
    view = await createTestView({ at: '2026-11-20T08:00:00Z' })
    for (const day of ['20', '21', '22']) {
      if (day === '22') expect(forecast(frame(), {})).toBeNull()
      at(`2026-11-${day}T08:00:00Z`)
      view.spend('1.00', { project: 'web' })
      at(`2026-11-${day}T18:00:00Z`)
      view.spend('2.00', { project: 'web' })
    }
    at('2026-11-23T12:00:00Z')
    view.spend('4.00', { project: 'web' })
    // 4 so far and 2 this evening; 9 before today, and 7 more days of 3.
    expect(forecast(frame(), {})).toEqual({ dayUsd: '6.000000000', monthUsd: '36.000000000', basisDays: 3 })
    expect(forecast(frame(), { project: ['api'] })).toBeNull()
  })
})

test('a list of calls is sorted, paged and filtered by state, and counts what the report counts', async () => {
  view = await createTestView({ at: '2026-11-23T09:10:00Z' })
  for (const cost of ['0.30', '0.10', '0.20']) {
    view.spend(cost, { project: 'web' })
    view.nowMs += 1_000
  }
  view.refuse({ project: 'web' })
  const span = { since: 'today', until: '2026-11-24' }
  const costs = (question: object) => callList(frame(), { ...span, ...question }).calls.map(({ costUsd }) => costUsd)
  expect(costs({ sort: 'cost', states: ['settled'] })).toEqual(['0.300000000', '0.200000000', '0.100000000'])
  expect(costs({ sort: 'cost', since: '2026-10-01', states: ['settled'] })).toEqual(
    costs({ sort: 'cost', states: ['settled'] }),
  )
  expect(costs({ sort: 'cost', ascending: true, states: ['settled'], limit: 1, offset: 1 })).toEqual(['0.200000000'])
  expect(callList(frame(), { ...span, states: ['refused'] })).toMatchObject({
    calls: [{ state: 'refused' }],
    total: { calls: 3, refused: 1 },
  })
  expect(callList(frame(), { ...span, text: 'WEB gpt' }).calls).toHaveLength(4)
  expect(callList(frame(), { ...span, text: 'web nothing' })).toMatchObject({ calls: [], total: { calls: 0 } })
  expect(facets(frame(), span)['project']).toEqual([{ value: 'web', costUsd: '0.600000000', calls: 3 }])
})

test('a rise is traced to the workload that rose, not to the one that is largest', async () => {
  view = await createTestView({ at: '2026-11-23T09:10:00Z' })
  view.spend('9.00', { session: 'steady', project: 'web' })
  view.nowMs += 3_600_000
  view.spend('9.00', { session: 'steady', project: 'web' })
  const culprit = view.spend('4.00', { session: 'new', project: 'api' })
  const spike = explainSpike(frame(), { since: '2026-11-23T10:00Z', until: '2026-11-23T11:00Z' })
  expect(spike).toMatchObject({ costUsd: '13.000000000', beforeUsd: '9.000000000', pausable: ['new'] })
  expect(spike.workloads[0]).toMatchObject({ project: 'api', filter: { session: ['new'] }, costUsd: '4.000000000' })
  expect(spike.topCalls.map(({ id }) => id)).toEqual([culprit])
  expect(spike.parts['project']).toEqual([
    { key: 'api', via: null, filter: { project: ['api'] }, costUsd: '4.000000000', beforeUsd: '0.000000000' },
    { key: 'web', via: null, filter: { project: ['web'] }, costUsd: '9.000000000', beforeUsd: '9.000000000' },
  ])
})

test('projects and clients are told with what they spent', async () => {
  view = await createTestView({ at: '2026-11-20T09:10:00Z' })
  view.spend('1.00', { project: 'web' })
  at('2026-11-23T09:10:00Z')
  view.spend('2.00', { project: 'web' })
  expect(projectList(frame())).toMatchObject([
    {
      project: 'web',
      todayUsd: '2.000000000',
      weekUsd: '3.000000000',
      monthUsd: '3.000000000',
      topModel: 'gpt-5-mini',
    },
  ])
  expect(clientList(frame())).toMatchObject([{ name: 'unknown program', isAgent: false, calls: 2, isReported: true }])
  expect(conversationList(frame(), { since: '7d', until: 'now' }).conversations).toEqual([])
})
