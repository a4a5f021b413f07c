import type { CallFacts } from '../../../shared/events.ts'
import type { Scope } from '../../../shared/policy.ts'

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

/** A call's value in a dimension; null when nobody knows it. */
export function dimensionOf(call: CallFacts, dimension: string): string | null {
  const who = call.attribution
  if (dimension.startsWith('tag:')) return who.tags[dimension.slice(4)] ?? null
  switch (dimension) {
    case 'developer':
      return who.developer
    case 'project':
      return who.project
    case 'branch':
      return who.branch
    case 'session':
      return who.session ?? call.conversation
    case 'agent':
      return who.agent
    case 'process':
      return who.process?.command ?? null
    case 'environment':
      return who.environment
    case 'key':
      return who.keyFingerprint
    case 'provider':
      return call.provider
    case 'model':
      return call.requestModel
    case 'kind':
      return call.kind
    case 'conversation':
      return call.conversation
    default:
      return null
  }
}

/** True when every dimension that the scope names matches one of its patterns. No scope matches every call. */
export function inScope(scope: Scope | undefined, call: CallFacts): boolean {
  if (!scope) return true
  return Object.entries(scope).every(([dimension, wanted]) => {
    const value = dimensionOf(call, dimension)
    return value !== null && (typeof wanted === 'string' ? [wanted] : wanted).some((pattern) => matchesPattern(pattern, value))
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
