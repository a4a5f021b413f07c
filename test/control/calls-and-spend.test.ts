import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spendReportSchema, spendSeriesSchema, type SpendReport } from '../../shared/contract/contract.ts'
import { callRecordSchema } from '../../shared/calls/call.ts'
import type { ControlClient } from '../../main/control/client.ts'
import { type ControlHarness, errorOf, POLICY, startControl } from '../support/gateway/control-harness.ts'
import { type TestView, type TestViewOptions } from '../support/gateway/control-view.ts'

let control: ControlHarness
let view: TestView
let client: ControlClient

async function start(options?: TestViewOptions): Promise<void> {
  control = await startControl(options)
  ;({ view, client } = control)
}
beforeEach(() => start())
afterEach(() => control.stop())

async function restart(options: TestViewOptions): Promise<void> {
  await control.stop()
  await start(options)
}

const query = <T>(name: string, input?: unknown) => control.query<T>(name, input)

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

  it('by day, week and month follows the calendar of the rules’ time zone, and always adds up', async () => {
    await restart({ policy: { ...POLICY, timezone: 'Europe/Paris' } })
    view.nowMs = Date.parse('2026-10-24T21:30:00Z')
    for (const hours of [0, 1, 25, 24 * 6, 24 * 3]) {
      view.nowMs += hours * 3_600_000
      view.spend('1.00')
    }
    const keysBy = async (by: string) => {
      const report = await query<SpendReport>('spend', { by, since: '2026-10-01' })
      expect(report.total).toMatchObject({ calls: 5, costUsd: '5.000000000' })
      return report.rows.map(({ key, calls }) => `${key} ${calls}`)
    }
    expect(await keysBy('day')).toEqual([
      // The clocks go back on the 25th: its midnight is two hours ahead of UTC, the next one's one hour.
      '2026-10-23T22:00:00.000Z 1',
      '2026-10-24T22:00:00.000Z 1',
      '2026-10-25T23:00:00.000Z 1',
      '2026-10-31T23:00:00.000Z 1',
      '2026-11-03T23:00:00.000Z 1',
    ])
    expect(await keysBy('week')).toEqual([
      '2026-10-18T22:00:00.000Z 2',
      '2026-10-25T23:00:00.000Z 2',
      '2026-11-01T23:00:00.000Z 1',
    ])
    expect(await keysBy('month')).toEqual(['2026-09-30T22:00:00.000Z 3', '2026-10-31T23:00:00.000Z 2'])
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
