import { z } from 'zod'
import {
  type DocumentError,
  type Policy,
  policyHeadSchema,
  type RuleBase,
  tierSchema,
} from '../../../../shared/rules/policy.ts'
import { isTimeZone } from '../../../../shared/values/time-window.ts'
import { errorsOf } from './document-errors.ts'
import { GUARDS, guardNamed } from '../guards/registry.ts'
import { ruleScope } from '../guards/rule/rule-schema.ts'
import { nearest } from './nearest.ts'

/** `rules` of a document that is not a policy: those that are good all the same. */
export type PolicyParse = { ok: true; policy: Policy } | { ok: false; errors: DocumentError[]; rules: RuleBase[] }

const tierWhen = tierSchema.shape.when.extend({ scope: ruleScope.optional() })
const headSchema = policyHeadSchema.extend({ tiers: z.array(tierSchema.extend({ when: tierWhen })).default([]) })
/** What may stand at the top of the document. The rules are checked by their guards, one by one. */
const documentSchema = headSchema.extend({ rules: z.unknown() })

/** Checks a policy document. All errors at once, each with its path and, for a mistyped name, the nearest known one. */
export function parsePolicy(document: unknown): PolicyParse {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return {
      ok: false,
      errors: [{ path: '', message: 'the policy is not a JSON object', suggestion: null }],
      rules: [],
    }
  }
  const { rules: rawRules = [], ...rest } = document as Record<string, unknown>
  const head = headSchema.safeParse(rest, { reportInput: true })
  const rules = parseRules(rawRules)
  const errors = [...(head.success ? [] : errorsOf(head.error.issues, '', documentSchema)), ...rules.errors]
  if (head.success && head.data.timezone !== 'local' && !isTimeZone(head.data.timezone)) {
    errors.push({
      path: 'timezone',
      message: `"${head.data.timezone}" is not an IANA time zone`,
      suggestion: 'Europe/Paris',
    })
  }
  return head.success && errors.length === 0
    ? { ok: true, policy: { ...head.data, rules: rules.rules } }
    : { ok: false, errors, rules: rules.rules }
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
    const parsed = guard.schema.safeParse(raw, { reportInput: true })
    if (!parsed.success) {
      errors.push(...errorsOf(parsed.error.issues, path, guard.schema))
      return
    }
    if (ids.has(parsed.data.id))
      errors.push({ path: `${path}.id`, message: `the id "${parsed.data.id}" is used twice`, suggestion: null })
    ids.add(parsed.data.id)
    rules.push(parsed.data)
  })
  return { rules, errors }
}
