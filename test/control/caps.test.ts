import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FeedItem, Status } from '../../shared/contract.ts'
import {
  type CapPreview,
  capPreviewSchema,
  type OwnRulesChange,
  ownRulesChangeSchema,
  type OwnRulesView,
  ownRulesViewSchema,
} from '../../shared/own-rules.ts'
import { gatewayEvents } from '../../main/ledger/queries.ts'
import { type ControlHarness, errorOf, POLICY, startControl } from '../support/control-harness.ts'
import { DAILY, type TestView, type TestViewOptions } from '../support/control-view.ts'

let control: ControlHarness
let view: TestView

async function start(options: TestViewOptions = {}): Promise<void> {
  control = await startControl(options)
  ;({ view } = control)
}
beforeEach(() => start())
afterEach(() => control.stop())

async function restart(options: TestViewOptions): Promise<void> {
  await control.stop()
  await start(options)
}

const set = (input: Record<string, unknown>) => control.mutate<OwnRulesChange>('caps.set', input)
const list = async () => ownRulesViewSchema.parse(await control.query('caps.list'))
const idsOf = ({ rules }: OwnRulesView) => rules.map(({ id, label }) => `${id}: ${label}`)

describe('a cap of one’s own', () => {
  it('holds from the moment it is set, and says so in one sentence', async () => {
    expect(ownRulesChangeSchema.parse(await set({ amountUsd: 5 }))).toEqual({
      schema: 1,
      version: 1,
      rule: 'daily',
      name: 'daily',
      sentence: 'You spend no more than $5.00 a day.',
    })
    view.spend('1.00')
    expect((await control.query<Status>('status')).spend).toMatchObject({
      rule: 'daily',
      limitUsd: '5.000000000',
      leftUsd: '4.000000000',
    })
  })

  it.each<[Record<string, unknown>, string, string]>([
    [{ amountUsd: '$0.50', per: 'hour' }, 'hourly', 'You spend no more than $0.50 an hour.'],
    [
      { amountUsd: '20', per: 'week', scope: { project: 'web', model: ['gpt-*', 'o3'] } },
      'weekly-web-model-gpt-*-o3',
      'You spend no more than $20.00 a week in project web on model gpt-* or o3.',
    ],
    [
      { amountUsd: '2', each: 'session', action: 'ask', warnAt: [0.8, 0.5] },
      'daily-each-session',
      'You are asked before you spend more than $2.00 a day in each session, with a warning at 50% and 80%.',
    ],
    [{ amountUsd: '2', per: '10 minutes', name: 'burst' }, 'burst', 'You spend no more than $2.00 in any 10 minutes.'],
  ])('%j is named %s', async (input, name, sentence) => {
    expect(await set(input)).toMatchObject({ name, sentence })
    expect((await list()).rules).toMatchObject([{ name, sentence, origin: 'cap', label: 'your cap' }])
  })

  it('is replaced by one of the same kind, removed by its name, and every change can be undone', async () => {
    await set({ amountUsd: 5 })
    await set({ amountUsd: 7, warnAt: [0.5] })
    expect((await list()).rules.map(({ cap }) => cap?.amountUsd)).toEqual(['7.00'])
    await control.mutate('caps.remove', { name: 'daily' })
    expect((await list()).rules).toEqual([])
    for (const expected of [['7.00'], ['5.00'], []]) {
      await control.mutate('caps.undo')
      expect((await list()).rules.map(({ cap }) => cap?.amountUsd)).toEqual(expected)
    }
    expect(await errorOf(control.mutate('caps.undo'))).toMatchObject({ status: 404, code: 'not-found' })
  })

  it('never takes the place of a cap of another kind, whatever their names would be', async () => {
    const dimensions = ['project', 'branch', 'agent', 'model', 'each']
    const scope = fc.dictionary(
      fc.constantFrom(...dimensions.slice(0, 4)),
      fc.constantFrom(...dimensions, 'a b', 'a-b'),
    )
    const request = fc.record({
      amountUsd: fc.integer({ min: 1, max: 9 }),
      per: fc.constantFrom('hour', 'day', '2 hours'),
      scope,
      each: fc.constantFrom('session', 'project'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 6 }), async (requests) => {
        const kinds = new Map<string, string>()
        for (const one of requests) {
          await set(one)
          kinds.set(JSON.stringify([one.per, Object.entries(one.scope).sort(), one.each]), `${one.amountUsd}.00`)
        }
        expect((await list()).rules.map(({ cap }) => cap?.amountUsd).sort()).toEqual([...kinds.values()].sort())
        for (const { name } of (await list()).rules) await control.mutate('caps.remove', { name })
      }),
      { numRuns: 20 },
    )
  })

  it('is on the record: who did what, and the rules as they stand since then', async () => {
    await set({ amountUsd: 5 })
    await control.mutate('caps.undo')
    const events = gatewayEvents(view.books.ledger.store.database, ['rules.changed'], 0).map(({ event }) => event)
    expect(events).toMatchObject([
      { act: 'set', by: 'ada@acme.dev', sentence: 'You spend no more than $5.00 a day.', version: 1, rules: [{}] },
      { act: 'undo', sentence: 'Taken back: You spend no more than $5.00 a day.', version: 2, rules: [] },
    ])
  })

  it('is told to whoever follows the feed', async () => {
    const changed = new Promise<FeedItem>((resolve, reject) => {
      const subscription = control.client.subscription(
        'feed',
        {},
        {
          onStarted: () => void set({ amountUsd: 5 }),
          onData: (item) => {
            subscription.unsubscribe()
            resolve((item as { data: FeedItem }).data)
          },
          onError: reject,
        },
      )
    })
    expect(await changed).toMatchObject({ type: 'changed', what: 'policy' })
  })

  it.each<[Record<string, unknown>, RegExp]>([
    [{ amountUsd: 'five' }, /limitUsd: dollars/],
    [{ amountUsd: -1 }, /limitUsd: dollars/],
    [{ amountUsd: 0.1 + 0.2 }, /limitUsd: dollars/],
    [{ amountUsd: 5, per: 'dya' }, /per: .*did you mean "day"/],
    [{ amountUsd: 5, each: 'sesion' }, /each: .*did you mean "session"/],
    [{ amountUsd: 5, scope: { projct: 'web' } }, /scope.projct: .*did you mean "project"/],
  ])('%j is refused with the option that is wrong', async (input, message) => {
    expect(await errorOf(set(input))).toMatchObject({
      status: 400,
      code: 'usage',
      message: expect.stringMatching(message),
    })
    expect((await list()).version).toBe(0)
  })
})

describe('beside other rules', () => {
  it('has an id of its own, and the policy stays as it is', async () => {
    await restart({ policy: POLICY, settings: { rules: [{ ...DAILY, limitUsd: '3.00' }] } })
    expect(await set({ amountUsd: 20 })).toMatchObject({ rule: 'cap/daily', name: 'daily' })
    expect(idsOf(await list())).toEqual([
      'daily: policy',
      'tests: policy',
      'own/daily: settings',
      'cap/daily: your cap',
    ])
    view.spend('2.00')
    expect((await control.query<Status>('status')).budgets.map(({ rule, left }) => `${rule} ${left}`)).toEqual(
      expect.arrayContaining(['daily 8.000000000', 'own/daily 1.000000000', 'cap/daily 18.000000000']),
    )
    expect(await control.mutate('caps.remove', { name: 'cap/daily' })).toMatchObject({
      sentence: '"daily" is removed.',
    })
  })

  it('is named with the nearest names where there is no such cap', async () => {
    await set({ amountUsd: 5 })
    expect(await errorOf(control.mutate('caps.remove', { name: 'dayly' }))).toMatchObject({
      status: 404,
      message: 'no cap is named "dayly"; there are daily',
    })
  })

  it('may be raised by whoever set it, and a raise never reaches a rule of the policy with the same id', async () => {
    await set({ amountUsd: 5 })
    view.spend('5.00')
    expect(await control.mutate('raise', { amountUsd: '2.50', reason: 'demo' })).toMatchObject({
      rule: 'daily',
      leftUsd: '2.500000000',
    })
    await set({ amountUsd: 6 })
    expect((await control.query<Status>('status')).spend).toMatchObject({ leftUsd: '3.500000000' })
    const { home } = view
    const kept = `${home}-kept`
    const { cpSync, rmSync } = await import('node:fs')
    cpSync(home, kept, { recursive: true })
    await restart({ policy: POLICY, home: kept })
    expect((await control.query<Status>('status')).budgets.map(({ rule, raised }) => `${rule} ${raised}`)).toEqual(
      expect.arrayContaining(['daily 0.000000000']),
    )
    rmSync(kept, { recursive: true })
  })
})

describe('a preview', () => {
  it('says what a cap would have done in the last 30 days, and sets nothing', async () => {
    const start = view.nowMs
    for (const daysAgo of [40, 20, 3]) {
      view.nowMs = start - daysAgo * 86_400_000
      for (const project of ['web', 'api', 'web']) view.spend('3.00', { project })
    }
    view.nowMs = start
    const preview = capPreviewSchema.parse(await control.query<CapPreview>('caps.preview', { amountUsd: 5 }))
    expect(preview).toMatchObject({
      name: 'daily',
      sentence: 'You spend no more than $5.00 a day.',
      replaces: null,
      replay: {
        calls: 6,
        total: { refused: 4, days: 2, savedUsd: '12.000000000', first: { project: 'api' } },
        sentence:
          'In the last 30 days it would have refused 4 calls on 2 days (first: 3 Nov 12:07, api) and saved $12.00.',
      },
    })
    expect((await list()).rules).toEqual([])
    await set({ amountUsd: 7 })
    expect(await control.query('caps.preview', { amountUsd: 5 })).toMatchObject({
      replaces: 'You spend no more than $7.00 a day.',
    })
  })
})

describe('a switch of a guard', () => {
  it('puts the guard in force with a question, and takes it out again', async () => {
    expect((await list()).switches).toMatchObject([
      { guard: 'loop', on: false, action: null, alsoBy: [] },
      { guard: 'retry-storm', on: false },
    ])
    await control.mutate('caps.switchGuard', { guard: 'loop', on: true })
    expect(await list()).toMatchObject({
      rules: [{ id: 'loop', guard: 'loop', origin: 'cap', cap: null }],
      switches: [{ guard: 'loop', on: true, action: 'ask' }, { on: false }],
    })
    expect((await list()).rules[0]?.sentence).toMatch(/^You are asked first about calls in a loop/)
    await control.mutate('caps.switchGuard', { guard: 'loop', on: false })
    expect((await list()).rules).toEqual([])
  })

  it('says where the policy has the guard anyway', async () => {
    await restart({ policy: { rules: [{ id: 'loops', guard: 'loop' }] } })
    expect((await list()).switches[0]).toMatchObject({ on: false, alsoBy: ['policy'] })
  })
})

describe('the file of one’s own rules', () => {
  const file = () => path.join(view.home, 'own-rules.json')

  it.each<[string, string, RegExp]>([
    ['that is not JSON', '{"schema": 1, ', /own-rules\.json cannot be read: it is not JSON/],
    [
      'with a mistyped rule',
      JSON.stringify({
        schema: 1,
        version: 1,
        rules: [{ id: 'daily', guard: 'spend-cap', limitUSD: '5', per: 'day' }],
      }),
      /rules\[0\]\.limitUSD: unknown key \(did you mean "limitUsd"\?\)/,
    ],
    ['of a later version', JSON.stringify({ schema: 2, rules: [] }), /was written by a later version/],
  ])('%s is refused and never written over', async (_, text, message) => {
    writeFileSync(file(), text)
    for (const change of [() => set({ amountUsd: 5 }), () => control.mutate('caps.undo')]) {
      expect(await errorOf(change())).toMatchObject({
        status: 409,
        code: 'own-rules-invalid',
        message: expect.stringMatching(message),
      })
    }
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('keeps what an editor wrote before the next change', async () => {
    await set({ amountUsd: 5 })
    const document = JSON.parse(readFileSync(file(), 'utf8')) as { rules: Record<string, unknown>[] }
    document.rules[0]!.limitUsd = '4.00'
    writeFileSync(file(), JSON.stringify(document))
    await set({ amountUsd: 1, per: 'hour' })
    const amounts = async () => (await list()).rules.map(({ cap }) => cap?.amountUsd)
    expect(await amounts()).toEqual(['4.00', '1.00'])
    // And every step back is one of them.
    for (const expected of [['4.00'], ['5.00'], []]) {
      await control.mutate('caps.undo')
      expect(await amounts()).toEqual(expected)
    }
  })
})
