import { describe, expect, test } from 'vitest'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { attributionRows } from '../../../renderer/derive/calls/attribution-rows.ts'
import { choices, filterCalls, modelOf, NO_FILTER, shortModel } from '../../../renderer/derive/calls/call-filter.ts'
import { callWords, workload } from '../../../renderer/derive/calls/call-words.ts'
import { timelineOf } from '../../../renderer/derive/calls/timeline.ts'
import { usageParts } from '../../../renderer/derive/calls/usage-parts.ts'
import { aCall } from '../fixtures/world.ts'

describe('the list of calls', () => {
  const { attribution } = aCall()
  const calls = [
    aCall({ seq: 1, id: 'a' }),
    aCall({
      seq: 2,
      id: 'b',
      state: 'open',
      attribution: { ...attribution, project: 'billing', agent: 'claude-code' },
    }),
    aCall({ seq: 3, id: 'c', state: 'refused', responseModel: null, requestModel: 'claude-sonnet-4-5' }),
  ]
  const ids = (change: object) => filterCalls(calls, { ...NO_FILTER, ...change }).map((call) => call.id)

  test.each([
    ['newest first', {}, ['c', 'b', 'a']],
    ['every word somewhere in the row', { text: 'billing CLAUDE' }, ['b']],
    ['one word of two is not enough', { text: 'billing gemini' }, []],
    ['a project', { project: 'web' }, ['c', 'a']],
    ['a model', { model: 'claude-sonnet-4-5' }, ['c']],
    ['what runs', { state: 'live' }, ['b']],
    ['what was refused', { state: 'refused' }, ['c']],
  ])('%s', (_name, change, expected) => {
    expect(ids(change)).toEqual(expected)
  })

  test('offers the values that occur', () => {
    expect(choices(calls, (call) => call.attribution.project)).toEqual(['billing', 'web'])
    expect(choices(calls, modelOf)).toEqual(['claude-sonnet-4-5', 'gpt-5-mini-2025-08-07'])
  })

  test('a release date makes a name long, and only a date is taken off it', () => {
    expect(['gpt-5-mini-2025-08-07', 'claude-sonnet-4-5-20250929', 'gpt-5-2025'].map(shortModel)).toEqual([
      'gpt-5-mini',
      'claude-sonnet-4-5',
      'gpt-5-2025',
    ])
  })
})

describe('a call in words', () => {
  test.each([
    [{ state: 'open', stream: true }, 'Streaming', 'live'],
    [{ state: 'open', stream: false }, 'In flight', 'live'],
    [{ state: 'asked' }, 'Asks you', 'warn'],
    [{ state: 'settled', ending: 'complete' }, 'Settled', 'calm'],
    [{ state: 'settled', ending: 'cut' }, 'Cut at the cap', 'stop'],
    [{ state: 'refused' }, 'Refused', 'stop'],
  ] as const)('%j', (change, label, tone) => {
    expect(callWords(aCall(change))).toEqual({ label, tone })
  })

  test('is named after who made it, as far as that is known', () => {
    const { attribution } = aCall()
    expect(workload({ attribution })).toBe('web · codex')
    expect(workload({ attribution: { ...attribution, agent: null } })).toBe('web · node agent.js')
    expect(
      workload({ attribution: { ...attribution, project: null, agent: null, process: null, session: null } }),
    ).toBe('unattributed')
  })

  test('says of each attribution how it is known', () => {
    const rows = attributionRows({ ...aCall().attribution, tags: { team: 'growth' } })
    expect(rows).toContainEqual({ name: 'project', value: 'web', source: 'process' })
    expect(rows).toContainEqual({ name: 'team', value: 'growth', source: 'tag' })
    expect(rows.map((row) => row.name)).not.toContain('parent agent')
  })
})

describe('a call’s life', () => {
  const event = (seq: number, offsetMs: number, type: string, body: Record<string, unknown>) => ({
    seq,
    at: new Date(Date.parse('2026-11-23T13:00:00.000Z') + offsetMs).toISOString(),
    type,
    body,
  })
  const start = '2026-11-23T13:00:00.000Z'

  test('tells hold, growth and cost', () => {
    const steps = timelineOf(start, [
      event(1, 0, 'call.admitted', { holdNanos: 40_000_000, clampedTo: 4_096 }),
      event(2, 400, 'call.topped-up', { holdNanos: 60_000_000, outputTokensSeen: 512 }),
      event(3, 1_912, 'call.settled', { closing: { costNanos: 51_000_000, httpStatus: 200, ending: 'complete' } }),
    ])
    expect(steps.map((step) => [step.offset, step.title, step.detail])).toEqual([
      ['start', 'Admitted', '$0.0400 held · 4.1k tokens of output at most'],
      ['+400 ms', 'Hold grew', '$0.0600 held · 512 tokens of output so far'],
      ['+1.9 s', 'Settled', '$0.0510 · HTTP 200 · complete'],
    ])
  })

  test('folds many top-ups into the last', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      event(index, index, 'call.topped-up', { holdNanos: index * 1_000_000 }),
    )
    expect(timelineOf(start, many).map((step) => [step.title, step.detail])).toEqual([
      ['Hold grew 40 times', '$0.0390 held'],
    ])
  })

  test('survives an event it does not know, and a body it did not expect', () => {
    const steps = timelineOf(start, [event(1, 0, 'call.blessed', {}), event(2, 5, 'call.settled', { closing: 'odd' })])
    expect(steps.map((step) => step.title)).toEqual(['blessed', 'Settled'])
    expect(steps[1]?.detail).toBeNull()
  })
})

test('the buckets of a call are disjoint and add up to one', () => {
  const parts = usageParts({ ...NO_USAGE, uncachedInput: 10, cacheRead: 70, output: 20, reasoning: 15 })
  expect(parts.map((part) => [part.bucket, part.share])).toEqual([
    ['cacheRead', 0.7],
    ['uncachedInput', 0.1],
    ['output', 0.2],
  ])
  expect(usageParts(NO_USAGE)).toEqual([])
})
