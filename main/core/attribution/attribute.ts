import { type Attribution, type AttributionSource, NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { Attributor, CallerFacts } from './attributors/attributor.ts'
import { cleanValue } from './values/clean-value.ts'
import { define, MAX_TAGS } from './values/parse-tags.ts'
import { ATTRIBUTORS } from './registry.ts'

const TEXT_DIMENSIONS = ['developer', 'project', 'branch', 'session', 'agent', 'parentAgent', 'keyFingerprint'] as const

/**
 * Folds all that was gathered into one attribution. For each dimension the first attributor with an answer is
 * believed and named in `source`; tags are united, each by the same rule. Values are bounded and free of control
 * characters; what nobody knows is null.
 */
export function attribute(facts: CallerFacts, attributors: readonly Attributor[] = ATTRIBUTORS): Attribution {
  const result: Attribution = { ...NO_ATTRIBUTION, tags: {}, source: {} }
  for (const attributor of attributors) fold(result, attributor.name, attributor.answer(facts))
  result.source['environment'] ??= 'default'
  return result
}

function fold(result: Attribution, name: AttributionSource, answer: ReturnType<Attributor['answer']>): void {
  for (const dimension of TEXT_DIMENSIONS) {
    const value = result[dimension] === null ? cleanValue(answer[dimension]) : null
    if (value === null) continue
    result[dimension] = value
    result.source[dimension] = name
  }
  if (answer.process && result.process === null) {
    result.process = answer.process
    result.source['process'] = name
  }
  if (answer.environment && result.source['environment'] === undefined) {
    result.environment = answer.environment
    result.source['environment'] = name
  }
  for (const [key, text] of Object.entries(answer.tags ?? {})) {
    const value = cleanValue(text)
    if (value === null || Object.hasOwn(result.tags, key) || Object.keys(result.tags).length >= MAX_TAGS) continue
    define(result.tags, key, value)
    result.source[`tag:${key}`] = name
  }
}
