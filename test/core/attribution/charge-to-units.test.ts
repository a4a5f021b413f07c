import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Unit } from '../../../shared/rules/policy.ts'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import { chargeToUnits } from '../../../main/core/attribution/charge-to-units.ts'

const CALL = { provider: 'openai', model: 'gpt-5' }
const units: Unit[] = [
  { scope: { project: 'checkout-*' }, tags: { unit: 'payments', 'cost-center': '4711' } },
  { scope: { developer: '*@growth.acme.dev' }, tags: { unit: 'growth', application: 'ads' } },
]

test('a call is charged to the unit that its project or developer belongs to', () => {
  const who = { ...NO_ATTRIBUTION, project: 'checkout-web', developer: 'ada@growth.acme.dev' }
  expect(chargeToUnits(who, units, CALL)).toMatchObject({
    tags: { unit: 'payments', 'cost-center': '4711', application: 'ads' },
    source: { 'tag:unit': 'policy', 'tag:application': 'policy' },
  })
  expect(chargeToUnits({ ...NO_ATTRIBUTION, project: 'docs' }, units, CALL).tags).toEqual({})
})

test('a tag of the caller itself is never replaced, and no other fact changes', () => {
  const tags = fc.dictionary(fc.constantFrom('unit', 'application', 'team'), fc.string({ minLength: 1, maxLength: 8 }))
  fc.assert(
    fc.property(tags, fc.constantFrom('checkout-web', 'docs'), (own, project) => {
      const who = { ...NO_ATTRIBUTION, project, tags: own }
      const { tags: charged, source: _, ...rest } = chargeToUnits(who, units, CALL)
      expect(charged).toMatchObject(own)
      expect({ ...NO_ATTRIBUTION, project }).toMatchObject({ ...rest, project })
    }),
  )
})

test('no unit can be chosen by what a call turns out to be', () => {
  expect(chargeToUnits(NO_ATTRIBUTION, [{ scope: { kind: '*' }, tags: { unit: 'all' } }], CALL).tags).toEqual({})
})
