import { AllowanceError } from '../../../../shared/contract/errors.ts'
import {
  type CapRequest,
  capRequestSchema,
  type OwnRules,
  type SwitchableGuard,
} from '../../../../shared/rules/own-rules.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { commandLine } from '../../../../shared/values/command-line.ts'
import { parseUsd } from '../../../../shared/values/money.ts'
import type { LedgerEvent } from '../../../../shared/calls/events.ts'
import { guardNamed } from '../guards/registry.ts'
import { parseRules } from './parse-policy.ts'

/** One's own rule: as it is kept, and as its guard understands it. */
export interface OwnRule {
  document: Record<string, unknown>
  rule: RuleBase
}

/**
 * The rule that a cap becomes. Its id says what it is, so that the same cap set again replaces the first. Throws `usage`
 * with what is wrong and how it is written.
 */
export function capRule(request: CapRequest): OwnRule {
  const parsed = capRequestSchema.safeParse(request)
  const amountUsd = request.amountUsd
    .trim()
    .replace(/^\$/, '')
    .replace(/^(\d+),(\d{1,2})$/, '$1.$2')
  const nanos = parseUsd(amountUsd)
  if (!parsed.success || nanos === null || nanos === 0)
    throw new AllowanceError('usage', `"${request.amountUsd}" is not an amount in dollars`, commandLine('cap 5.00'))
  const { per, scope = {}, each, warnAt, action } = parsed.data
  return checked({
    id: idOf(per, scope, each),
    guard: 'spend-cap',
    limitUsd: amountUsd,
    per,
    warnAt,
    action,
    ...(Object.keys(scope).length > 0 ? { scope } : {}),
    ...(each === undefined ? {} : { each }),
  })
}

/** The rule behind the switch of a guard: it asks, and never stops work by itself; about a loop only once it costs something. */
export function guardSwitchRule(guard: SwitchableGuard): OwnRule {
  const stakes = guard === 'loop' ? { afterUsd: '1%' } : {}
  return checked({ id: `my-${guard}-guard`, guard, action: 'ask', ...stakes })
}

/** With a rule set: the one with the same id goes. */
export function withRule(own: OwnRules, { document }: OwnRule): OwnRules {
  return changed(own, [...own.rules.filter(({ id }) => id !== document.id), document])
}

/** Without a rule. Throws `not-found` with the names that there are. */
export function withoutRule(own: OwnRules, id: string): OwnRules {
  const rules = own.rules.filter((rule) => rule.id !== id)
  if (rules.length < own.rules.length) return changed(own, rules)
  const names = own.rules.map((rule) => String(rule.id))
  throw new AllowanceError(
    'not-found',
    `you have set no cap named "${id}"${names.length > 0 ? `; there are ${names.join(', ')}` : ''}`,
    commandLine('cap list'),
  )
}

/** As it was before the last change; an undo can be undone. Throws `not-found` when nothing was changed. */
export function undone(own: OwnRules): OwnRules {
  if (own.previous === null)
    throw new AllowanceError('not-found', 'there is no change to undo', commandLine('cap list'))
  return changed(own, own.previous)
}

/** The change on the record: which rule came, or went. */
export function ownRulesEvent(before: OwnRules, after: OwnRules): Extract<LedgerEvent, { type: 'rules.changed' }> {
  const text = (rule: Record<string, unknown>) => JSON.stringify(rule)
  const known = new Set(before.rules.map(text))
  const kept = new Set(after.rules.map(text))
  const added = after.rules.find((rule) => !known.has(text(rule)))
  const removed = before.rules.find((rule) => !kept.has(text(rule)))
  const isUndo = JSON.stringify(after.rules) === JSON.stringify(before.previous)
  const [rule] = parseRules(added ? [added] : removed ? [removed] : []).rules
  return {
    type: 'rules.changed',
    version: after.version,
    change: isUndo ? 'undone' : added ? 'set' : 'removed',
    rule: rule?.id ?? null,
    sentence: rule ? (guardNamed(rule.guard)?.describe(rule) ?? '') : '',
  }
}

/** What is wrong with rules of one's own, as the errors of a policy would say it; throws `usage` for the first. */
function checked(document: Record<string, unknown>): OwnRule {
  const { rules, errors } = parseRules([document])
  const [error] = errors
  if (error)
    throw new AllowanceError(
      'usage',
      `${error.path.replace(/^rules\[0\]\.?/, '')}: ${error.message}`,
      error.suggestion === null ? commandLine('help cap') : `did you mean "${error.suggestion}"?`,
    )
  return { document, rule: rules[0]! }
}

function changed(own: OwnRules, rules: OwnRules['rules']): OwnRules {
  return { schema: 1, version: own.version + 1, rules, previous: own.rules }
}

const ADJECTIVES: Readonly<Record<string, string>> = {
  minute: 'minute',
  hour: 'hourly',
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
}

/** `my-daily-cap`, `my-weekly-cap-project-web`, `my-daily-cap-each-session`. */
function idOf(per: string, scope: Readonly<Record<string, string | string[]>>, each: string | undefined): string {
  const where = Object.entries(scope).flatMap(([name, wanted]) => [name, ...[wanted].flat()])
  const parts = ['my', ADJECTIVES[per] ?? per, 'cap', ...(each === undefined ? [] : ['each', each]), ...where]
  return parts
    .join('-')
    .toLowerCase()
    .replace(/\*/g, 'any')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 100)
}
