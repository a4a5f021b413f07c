import { exactUsd, formatUsd, parseUsd } from '../../../shared/money.ts'
import {
  type CapOptions,
  capRequestSchema,
  type CapRequest,
  type GuardSwitchRequest,
} from '../../../shared/own-rules.ts'
import type { Action, DocumentError, RuleBase, Scope } from '../../../shared/policy.ts'
import type { SpendCapRule } from './guards/spend-cap.ts'
import { guardNamed } from './guards/registry.ts'
import { parseRules } from './parse-policy.ts'
import { listed } from './sentences.ts'

/** A rule as it is written, before its guard has read it: what files and events keep. */
export type RuleDocument = Record<string, unknown> & { id: string; guard: string }

export type OwnRuleResult =
  | { ok: true; document: RuleDocument; rule: RuleBase }
  | { ok: false; errors: DocumentError[] }

const PER_NAMES: Record<string, string> = {
  minute: 'per-minute',
  hour: 'hourly',
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
}

/**
 * The rule that a request for a cap stands for. All errors at once, with the option that each is about. `known`: the
 * rules set so far; a name that is made up is never that of a cap of another kind, which would be lost.
 */
export function capRule(request: CapRequest, known: readonly RuleDocument[] = []): OwnRuleResult {
  const { amountUsd, per, scope, each, warnAt, action, name } = capRequestSchema.parse(request)
  const limitUsd = typeof amountUsd === 'number' ? amountUsd : amountUsd.trim().replace(/^\$/, '')
  const named = scope && Object.keys(scope).length > 0 ? scope : undefined
  return read({
    id: name ?? freeName(capName(per, named, each), { per, scope: named, each }, known),
    guard: 'spend-cap',
    limitUsd,
    per,
    ...(named === undefined ? {} : { scope: named }),
    ...(each === undefined ? {} : { each }),
    ...(warnAt === undefined || warnAt.length === 0 ? {} : { warnAt: [...new Set(warnAt)].sort((a, b) => a - b) }),
    ...(action === undefined || action === 'deny' ? {} : { action }),
  })
}

/** The rule that a switched-on guard stands for: the guard with its own defaults. */
export function switchRule({ guard, action = 'ask' }: Pick<GuardSwitchRequest, 'guard' | 'action'>): OwnRuleResult {
  return read({ id: guard, guard, action })
}

/** What a cap is about, whatever its amount. */
interface CapKind {
  per?: unknown
  scope?: unknown
  each?: unknown
}

function freeName(name: string, kind: CapKind, known: readonly RuleDocument[]): string {
  const kindOf = ({ per, scope, each = null }: CapKind) =>
    JSON.stringify([per, Object.entries(scope ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), each])
  for (let count = 1; ; count += 1) {
    const free = count === 1 ? name : `${name}-${count}`
    const taken: (CapKind & RuleDocument) | undefined = known.find(({ id }) => id === free)
    if (!taken || (taken.guard === 'spend-cap' && kindOf(taken) === kindOf(kind))) return free
  }
}

/** A cap of the same kind gets the same name, so that setting it again changes it. */
function capName(per: string, scope: Scope | undefined, each: string | undefined): string {
  const values = Object.entries(scope ?? {}).flatMap(([name, wanted]) => [
    // Of a project the name alone says enough.
    ...(name === 'project' ? [] : [name.replace(/^tag:/, '')]),
    ...(typeof wanted === 'string' ? [wanted] : wanted),
  ])
  const parts = [PER_NAMES[per] ?? `per-${per}`, ...values, ...(each === undefined ? [] : ['each', each])]
  return parts.join('-').replace(/\s+/g, '-').slice(0, 100)
}

function read(document: RuleDocument): OwnRuleResult {
  const { rules, errors } = parseRules([document])
  const [rule] = rules
  if (rule && errors.length === 0) return { ok: true, document, rule }
  return { ok: false, errors: errors.map((error) => ({ ...error, path: error.path.replace(/^rules\[0\]\.?/, '') })) }
}

/** The list with a rule in it: in the place of the one with its id, else last. */
export function withRule(rules: readonly RuleDocument[], rule: RuleDocument): RuleDocument[] {
  const known = rules.some(({ id }) => id === rule.id)
  return known ? rules.map((one) => (one.id === rule.id ? rule : one)) : [...rules, rule]
}

/** What a rule of one's own says, to the person who set it: `You spend no more than $5.00 a day.` */
export function describeOwnRule(rule: RuleBase): string {
  return rule.guard === 'spend-cap'
    ? describeCap(rule as SpendCapRule)
    : `${guardNamed(rule.guard)?.describe(rule) ?? ''}.`
}

function describeCap({ limitUsd, per, scope, each, warnAt, action }: SpendCapRule): string {
  const limit = `${formatUsd(limitUsd)} ${spanName(per)}${describePlace(scope)}${each === undefined ? '' : ` in each ${each.replace(/^tag:/, 'tag ')}`}`
  const acts: Record<Action, string> = {
    deny: `You spend no more than ${limit}`,
    ask: `You are asked before you spend more than ${limit}`,
    warn: `You are warned when you spend more than ${limit}`,
    throttle: `Calls are slowed down once you have spent ${limit}`,
  }
  const marks = warnAt.map((share) => `${Number((share * 100).toFixed(2))}%`)
  return `${acts[action ?? 'deny']}${marks.length > 0 ? `, with a warning at ${listed(marks, 'and')}` : ''}.`
}

function spanName(per: string): string {
  if (!(per in PER_NAMES)) return `in any ${per}`
  return per === 'hour' ? 'an hour' : `a ${per}`
}

const PLACES: Record<string, string> = {
  project: 'in project',
  branch: 'on branch',
  environment: 'in environment',
  agent: 'with agent',
  model: 'on model',
  provider: 'with provider',
}

function describePlace(scope: Scope | undefined): string {
  return Object.entries(scope ?? {})
    .map(([name, wanted]) => {
      const values = typeof wanted === 'string' ? [wanted] : wanted
      return ` ${PLACES[name] ?? `with ${name.replace(/^tag:/, 'tag ')}`} ${listed(values, 'or')}`
    })
    .join('')
}

/** What a spend cap is set to, for a form that changes it; null for any other rule. */
export function capOptionsOf(rule: RuleBase): CapOptions | null {
  if (rule.guard !== 'spend-cap') return null
  const { limitUsd, per, scope, each, warnAt, action } = rule as SpendCapRule
  return {
    amountUsd: shortUsd(limitUsd),
    per,
    scope: scope ?? {},
    each: each ?? null,
    warnAt,
    action: action ?? 'deny',
  }
}

/** Exact, with as few places as that takes and at least cents: `5.00`, `0.125`. */
function shortUsd(nanos: number): string {
  return exactUsd(nanos).replace(/(\.\d\d\d*?)0+$/, '$1')
}

/** Whether an amount as a person writes it is one. */
export function isAmount(text: string): boolean {
  return parseUsd(text.trim().replace(/^\$/, '')) !== null
}
