import { describe, expect, test } from 'vitest'
import { barsOf, deltaWords, roundTop } from '../../../renderer/derive/spend/bars.ts'
import { uncoveredHost, usersOf, viaWords } from '../../../renderer/derive/format/client-words.ts'
import { paletteCommands } from '../../../renderer/derive/format/commands.ts'
import { rowWords } from '../../../renderer/derive/calls/dimension-words.ts'
import { answerCsv } from '../../../renderer/derive/spend/downloads.ts'
import { projectBudget } from '../../../renderer/derive/spend/project-budget.ts'
import { bucketsOf, spanOf } from '../../../renderer/derive/spend/spans.ts'
import { spikeReport } from '../../../renderer/derive/spend/spike-report.ts'
import { turnNotes, turnsOf } from '../../../renderer/derive/calls/turns.ts'
import { createFixtureApi } from '../fixtures/fixture-api.ts'
import { causeWords } from '../../../renderer/derive/calls/why-words.ts'
import { makeWorld } from '../fixtures/scenarios.ts'
import { aBudget, aCall, aStatus, TIME_ZONE } from '../fixtures/world.ts'

const nowMs = Date.parse('2026-11-23T14:41:00Z')
const iso = (ms: number) => new Date(ms).toISOString()

describe('a stretch of time', () => {
  test.each([
    ['today', '2026-11-22T23:00:00.000Z', '2026-11-23T23:00:00.000Z', '2026-11-21T23:00:00.000Z'],
    ['7d', '2026-11-16T23:00:00.000Z', '2026-11-23T23:00:00.000Z', '2026-11-09T23:00:00.000Z'],
    ['30d', '2026-10-24T22:00:00.000Z', '2026-11-23T23:00:00.000Z', '2026-09-24T22:00:00.000Z'],
  ] as const)('%s is whole days that end tonight, also where the clock was set back', (kind, since, until, compare) => {
    const span = spanOf({ kind }, TIME_ZONE, nowMs)
    expect([span.sinceMs, span.untilMs, span.compareMs].map(iso)).toEqual([since, until, compare])
  })

  test('of one’s own includes its last day, and takes a moment as it stands', () => {
    const days = spanOf({ kind: 'custom', since: '2026-11-20', until: '2026-11-21' }, TIME_ZONE, nowMs)
    expect([days.sinceMs, days.untilMs].map(iso)).toEqual(['2026-11-19T23:00:00.000Z', '2026-11-21T23:00:00.000Z'])
    const hour = { kind: 'custom', since: '2026-11-20T10:00:00.000Z', until: '2026-11-20T11:00:00.000Z' } as const
    expect(bucketsOf(spanOf(hour, TIME_ZONE, nowMs)).best).toBe('quarter')
  })
})

describe('spend as bars', () => {
  const api = createFixtureApi(makeWorld('busy', nowMs), () => nowMs)
  const ask = () =>
    api.explore.spend({
      by: 'project',
      since: '2026-11-23',
      until: '2026-11-24',
      bucket: 'hour',
      compareSince: '2026-11-22',
    })

  test('adds up to the total, and fits under a round top', async () => {
    const answer = await ask()
    const bars = barsOf(answer, nowMs)
    const nanos = bars.columns.reduce((sum, column) => sum + column.nanos, 0)
    expect((nanos / 1e9).toFixed(9)).toBe(answer.total.costUsd)
    expect(Math.max(...bars.columns.map((column) => column.nanos))).toBeLessThanOrEqual(bars.topNanos)
    expect(bars.columns.filter(({ isFuture }) => isFuture)).toHaveLength(8)
  })

  test('is a table for a spreadsheet, in which every column adds up', async () => {
    const [head = '', ...lines] = answerCsv(await ask())
      .trim()
      .split('\r\n')
    expect(head.split(',').slice(0, 3)).toEqual(['project', 'costUsd', 'previousUsd'])
    const cells = lines.map((line) => line.split(',').slice(1).map(Number))
    const total = cells.pop()!
    for (const column of [0, 2, 3, ...total.keys()].filter((index) => index !== 1))
      expect(cells.reduce((sum, row) => sum + row[column]!, 0)).toBeCloseTo(total[column]!, 8)
  })

  test.each([
    [0, 1_000_000_000],
    [1, 1],
    [2.1e9, 2.5e9],
    [4.9e9, 5e9],
    [6e9, 10e9],
  ])('the top over %d is %d', (nanos, top) => {
    expect(roundTop(nanos)).toBe(top)
  })

  test.each([
    ['1.12', '1.00', '+12 %'],
    ['0.80', '1.00', '−20 %'],
    ['1.00', '1.00', '±0 %'],
    ['20.00', '1.00', '20×'],
    ['1.00', '0', 'new'],
    ['0', '0', ''],
    ['1.00', null, ''],
  ])('%s against %s is %s', (now, before, words) => {
    expect(deltaWords(now, before)).toBe(words)
  })
})

test('a row without an agent is called by its program, and without that it is said', () => {
  expect(rowWords('agent', { key: null, via: 'node agent.js' })).toBe('node agent.js')
  expect(rowWords('agent', { key: null, via: null })).toBe('no agent')
  expect(rowWords('model', { key: 'gpt-5-mini-2025-08-07', via: null })).toBe('gpt-5-mini')
})

describe('the turns of a conversation', () => {
  const step = (mark: string) => ({ tools: ['run_tests'], mark })
  const miss = { tokens: 40_000, costUsd: '0.10', cause: 'expired' as const, message: null, callId: 'x' }
  const turns = turnsOf([
    aCall({ id: '1', kind: 'prompt', contextTokens: 10_000 }),
    aCall({ id: '2', kind: 'tool-loop', contextTokens: 20_000, step: step('a') }),
    aCall({ id: '3', kind: 'auxiliary', contextTokens: 500 }),
    aCall({ id: '4', kind: 'tool-loop', contextTokens: 50_000, step: step('a'), cacheMiss: miss }),
    aCall({ id: '5', kind: 'tool-loop', contextTokens: 52_000, step: step('a') }),
    aCall({ id: '6', kind: 'prompt', contextTokens: 9_000 }),
    aCall({ id: '7', kind: 'prompt', state: 'refused', usage: null, contextTokens: 9_500 }),
  ])

  test('are counted without what is beside them and what was not sent', () => {
    expect(turns.map(({ number }) => number)).toEqual([1, 2, null, 3, 4, 5, null])
  })

  test('say what is to be noted: misses, repeats, a compaction, a refusal', () => {
    expect(turns.map(turnNotes)).toEqual([
      [],
      [],
      [],
      ['cache missed, 40k tokens paid for again'],
      ['the same step for the 3rd time'],
      ['compacted'],
      ['refused'],
    ])
  })
})

test('the report of a rise says who, why and how much, and is plain text', async () => {
  const api = createFixtureApi(makeWorld('busy', nowMs), () => nowMs)
  const spike = await api.explore.spike({ since: '2026-11-23T08:00:00Z', until: '2026-11-23T14:00:00Z' })
  expect(spike.why.cause).not.toBeNull()
  const report = spikeReport(spike, nowMs)
  expect(report).toContain('# Spend from 09:00 to 15:00 (Europe/Paris)')
  expect(report).toContain(`- Cause: ${causeWords(spike.why)}`)
  expect(report).toMatch(/- \S+ in \w+ \([\w/]+\): \$\d\.\d\d in \d+ calls/)
  expect(report).not.toMatch(/<|undefined|null|NaN/)
})

test('a project’s cap is the tightest that is for it alone', () => {
  const wide = aBudget({ rule: 'all', scope: {} })
  const own = aBudget({ rule: 'web', scope: { project: ['web'] }, spent: '1.00', limit: '10.00' })
  const each = aBudget({ rule: 'each', scope: {}, key: 'web', spent: '4.00', limit: '5.00' })
  expect(projectBudget([wide, own, each], 'web')?.rule).toBe('each')
  expect(projectBudget([wide, own, each], 'search')).toBeNull()
})

test('what is not covered is said with who used it and what changes it', () => {
  const use = {
    host: 'api.example-model.ai',
    calls: 5,
    lastProcess: 'node x.js',
    lastAt: iso(nowMs),
    why: 'not-spoken' as const,
    processes: [
      { process: 'node x.js', calls: 1 },
      { process: null, calls: 4 },
    ],
  }
  expect(usersOf(use)).toBe('an unknown program (4), node x.js (1)')
  expect(JSON.parse(uncoveredHost(use).line ?? '')).toEqual({ hosts: [{ host: use.host, provider: 'openai' }] })
  expect(uncoveredHost({ ...use, why: 'not-approved' }).line).toBeNull()
  expect(viaWords({ vias: ['connect', 'websocket'] })).toBe('intercepted, WebSocket')
})

test('commands lead to every screen, and pause what runs or resume what is paused', () => {
  const labels = (state: 'ok' | 'paused') =>
    paletteCommands({ status: aStatus({ state }), projects: [], conversations: [] }).map(({ label }) => label)
  expect(labels('ok')).toEqual(expect.arrayContaining(['Overview', 'Clients', 'Pause all traffic', 'Raise the budget']))
  expect(labels('paused')).toContain('Resume all traffic')
  expect(labels('ok')).not.toContain('Spike')
})
