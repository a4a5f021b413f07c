import type { Attribution } from '../../../shared/calls/attribution.ts'
import type { Unit } from '../../../shared/rules/policy.ts'
import { dimensionsOf, inScope } from '../policy/document/scope.ts'
import { define, MAX_TAGS } from './values/parse-tags.ts'

/**
 * Adds the tags by which a company charges spend to its units (`unit`, `application`, `cost-center`), so that caps,
 * reports and exports have them like any other tag. What a caller tagged itself stands. A scope may name every dimension
 * that is known before the call is read further: not `kind` and not `conversation`.
 */
export function chargeToUnits(
  attribution: Attribution,
  units: readonly Unit[],
  call: { provider: string; model: string | null },
): Attribution {
  if (units.length === 0) return attribution
  const { values } = dimensionsOf({
    billing: 'metered',
    attribution,
    provider: call.provider,
    requestModel: call.model,
    kind: 'prompt',
    conversation: null,
  })
  const { kind: _, ...known } = values
  const dimensions = { billing: 'metered' as const, values: known }
  const found = units.filter(({ scope }) => inScope(scope, dimensions)).flatMap(({ tags }) => Object.entries(tags))
  if (found.length === 0) return attribution
  const tags = { ...attribution.tags }
  const source = { ...attribution.source }
  for (const [name, value] of found) {
    if (Object.hasOwn(tags, name) || Object.keys(tags).length >= MAX_TAGS) continue
    define(tags, name, value)
    source[`tag:${name}`] = 'policy'
  }
  return { ...attribution, tags, source }
}
