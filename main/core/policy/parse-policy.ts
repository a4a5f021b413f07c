import type { z } from 'zod'
import { type DocumentError, type Policy, policyHeadSchema, type RuleBase } from '../../../shared/policy.ts'
import { isTimeZone } from '../../../shared/time-window.ts'
import { GUARDS, guardNamed } from './guards/registry.ts'
import { nearest } from './nearest.ts'

export type PolicyParse = { ok: true; policy: Policy } | { ok: false; errors: DocumentError[] }

/** Checks a policy document. All errors at once, each with its path and, for a mistyped name, the nearest known one. */
export function parsePolicy(document: unknown): PolicyParse {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { ok: false, errors: [{ path: '', message: 'the policy is not a JSON object', suggestion: null }] }
  }
  const { rules: rawRules = [], ...rest } = document as Record<string, unknown>
  const head = policyHeadSchema.safeParse(rest)
  const rules = parseRules(rawRules)
  const errors = [
    ...(head.success ? [] : errorsOf(head.error, '', Object.keys(policyHeadSchema.shape).concat('rules'))),
    ...rules.errors,
  ]
  if (head.success && head.data.timezone !== 'local' && !isTimeZone(head.data.timezone)) {
    errors.push({
      path: 'timezone',
      message: `"${head.data.timezone}" is no IANA time zone`,
      suggestion: 'Europe/Paris',
    })
  }
  return head.success && errors.length === 0
    ? { ok: true, policy: { ...head.data, rules: rules.rules } }
    : { ok: false, errors }
}

/** The developer's own rules of the settings, and a policy's: the same schema, the same errors. */
export function parseRules(rawRules: unknown): { rules: RuleBase[]; errors: DocumentError[] } {
  if (!Array.isArray(rawRules))
    return { rules: [], errors: [{ path: 'rules', message: 'not a list', suggestion: null }] }
  const rules: RuleBase[] = []
  const errors: DocumentError[] = []
  const ids = new Set<string>()
  rawRules.forEach((raw: unknown, index) => {
    const path = `rules[${index}]`
    const name = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>).guard : undefined
    const guard = typeof name === 'string' ? guardNamed(name) : null
    if (!guard) {
      const names = GUARDS.map((known) => known.name)
      errors.push({
        path: `${path}.guard`,
        message: `no guard ${JSON.stringify(name ?? null)}; there are ${names.join(', ')}`,
        suggestion: nearest(String(name), names),
      })
      return
    }
    const parsed = guard.schema.safeParse(raw)
    if (!parsed.success) {
      errors.push(...errorsOf(parsed.error, path, keysOf(guard.schema)))
      return
    }
    if (ids.has(parsed.data.id))
      errors.push({ path: `${path}.id`, message: `the id "${parsed.data.id}" stands twice`, suggestion: null })
    ids.add(parsed.data.id)
    rules.push(parsed.data)
  })
  return { rules, errors }
}

/** zod's issues as document errors; an unknown key names the nearest of the keys that its place knows. */
export function errorsOf(error: z.ZodError, prefix: string, knownKeys: readonly string[]): DocumentError[] {
  return error.issues.flatMap((issue): DocumentError[] => {
    const path = joinPath(prefix, issue.path)
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message, suggestion: null }]
    const nested = issue.path.length > 0
    return issue.keys.map((key) => ({
      path: joinPath(path, [key]),
      message: 'unknown key',
      suggestion: nested ? null : nearest(key, knownKeys),
    }))
  })
}

function keysOf(schema: z.ZodType): string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : []
}

function joinPath(prefix: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`
    return joined === '' ? String(part) : `${joined}.${String(part)}`
  }, prefix)
}
