import type { Billing } from '../../../../shared/calls/call.ts'
import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { Scope } from '../../../../shared/rules/policy.ts'

/** The dimensions that a scope, `each` and `spend --by` may name, next to `tag:NAME`. */
export const SCOPE_DIMENSIONS = [
  'developer',
  'project',
  'branch',
  'session',
  'agent',
  'process',
  'environment',
  'key',
  'provider',
  'model',
  'kind',
  'conversation',
] as const

/** Who and what a call was, flat: all that scopes, keys and reports ask. What nobody knows is left out. */
export interface Dimensions {
  billing: Billing
  values: Readonly<Record<string, string>>
}

/** What the dimensions of a call are made from: a call before it is sent, or its record. */
type Dimensioned = Pick<CallFacts, 'billing' | 'attribution' | 'provider' | 'requestModel' | 'kind' | 'conversation'>

export function dimensionsOf(call: Dimensioned): Dimensions {
  const who = call.attribution
  const values: Record<string, string> = {}
  const set = (name: string, value: string | null | undefined) => {
    if (value !== null && value !== undefined) values[name] = value
  }
  set('developer', who.developer)
  set('project', who.project)
  set('branch', who.branch)
  set('session', who.session)
  set('agent', who.agent)
  set('process', who.process?.command)
  set('environment', who.environment)
  set('key', who.keyFingerprint)
  set('provider', call.provider)
  set('model', call.requestModel)
  set('kind', call.kind)
  set('conversation', call.conversation)
  for (const tag of Object.keys(who.tags).sort()) set(`tag:${tag}`, who.tags[tag])
  return { billing: call.billing, values }
}

/** A call's value in a dimension. A call that no session was named for counts as a session of its conversation's own. */
export function valueOf(dimensions: Dimensions, name: string): string | null {
  const value = dimensions.values[name]
  if (value !== undefined) return value
  return name === 'session' ? (dimensions.values.conversation ?? null) : null
}

/** True when every dimension that the scope names matches one of its patterns. No scope matches every call. */
export function inScope(scope: Scope | undefined, dimensions: Dimensions): boolean {
  if (!scope) return true
  return Object.entries(scope).every(([name, wanted]) => {
    const value = valueOf(dimensions, name)
    return (
      value !== null &&
      (typeof wanted === 'string' ? [wanted] : wanted).some((pattern) => matchesPattern(pattern, value))
    )
  })
}

const patterns = new Map<string, RegExp>()
const MAX_PATTERNS = 1_000

/** `gpt-*` against `gpt-5-mini`: `*` stands for any characters, everything else for itself, without regard to case. */
export function matchesPattern(pattern: string, value: string): boolean {
  let expression = patterns.get(pattern)
  if (!expression) {
    if (patterns.size >= MAX_PATTERNS) patterns.clear()
    const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    expression = new RegExp(`^${escaped.join('.*')}$`, 'is')
    patterns.set(pattern, expression)
  }
  return expression.test(value)
}
