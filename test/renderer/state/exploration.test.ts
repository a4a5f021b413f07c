import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EXPLORE_DIMENSIONS } from '../../../shared/contract/explore.ts'
import { explorationQuery, parseExploration } from '../../../renderer/state/exploration.ts'

const value = fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: null })
const range = fc.oneof(
  fc.constantFrom('today', '7d', '30d', '90d').map((kind) => ({ kind })),
  fc.record({
    kind: fc.constant('custom' as const),
    since: fc.constantFrom('2026-11-20', '2026-11-20T10:00:00.000Z'),
    until: fc.constantFrom('2026-11-22', '2026-11-22T11:15:00.000Z'),
  }),
)
const exploration = fc.record({
  range,
  filter: fc.dictionary(
    fc.constantFrom(...EXPLORE_DIMENSIONS, 'tag:team', 'tag:a=b&c'),
    fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
    { noNullPrototype: true },
  ),
  by: fc.constantFrom(...EXPLORE_DIMENSIONS, 'tag:team'),
  bucket: fc.constantFrom('hour', 'day', 'month', null),
  pick: fc.constantFrom(null, '2026-11-20T10:00:00.000Z'),
  text: fc.string({ maxLength: 20 }),
  states: fc.constantFrom(null, 'refused'),
  sort: fc.constantFrom(null, 'cost', 'time-up'),
})

test('a view survives the way through its address, whatever is in it', () => {
  fc.assert(
    fc.property(exploration, (view) => {
      expect(parseExploration(explorationQuery(view as Parameters<typeof explorationQuery>[0]))).toEqual(view)
    }),
    { seed: 11 },
  )
})

test('what nobody has to say is not in the address, and what makes no sense is today by project', () => {
  expect(explorationQuery(parseExploration(''))).toBe('')
  expect(parseExploration('range=forever&bucket=eon&since=2026-11-20')).toMatchObject({
    range: { kind: 'today' },
    by: 'project',
    bucket: null,
    filter: {},
  })
})
