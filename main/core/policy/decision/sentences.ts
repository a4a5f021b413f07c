import { formatReset, formatTokens } from '../../../../shared/values/format.ts'
import { formatUsd } from '../../../../shared/values/money.ts'
import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { Action, RuleBase, Scope } from '../../../../shared/rules/policy.ts'
import type { BudgetState } from './facts.ts'

/** Sentences about rules and budgets, made once and shown in the SDK's error, the CLI, the notification and the window. */

/** An amount in a budget's own unit. */
export function formatAmount(unit: BudgetState['unit'], amount: number): string {
  if (unit === 'usd') return formatUsd(Math.max(0, amount))
  return unit === 'tokens' ? `${formatTokens(Math.max(0, amount))} tokens` : counted(Math.max(0, amount), 'call')
}

/** `shared with 2 other machines, $0.40 of it spent there`; the empty string for a budget of this machine alone. */
export function describeSharing({ unit, shared }: Pick<BudgetState, 'unit' | 'shared'>): string {
  if (!shared) return ''
  const others =
    shared.machines === 0
      ? 'shared, no other machine yet'
      : `shared with ${counted(shared.machines, 'other machine')}, ${formatAmount(unit, shared.spentElsewhere)} of it spent there`
  if (shared.trouble === null) return others
  const meanwhile = shared.upTo === null ? 'this machine counts alone' : 'only what was leased before can be spent'
  return `${others}; ${shared.trouble}, so ${meanwhile}`
}

/** `$9.98 of $10.00 per day spent, $0.01 held; resets 00:00 Europe/Paris`. */
export function describeBudget(budget: BudgetState, timeZone: string, nowMs: number): string {
  const limit = formatAmount(budget.unit, budget.limit + budget.raised)
  const raised = budget.raised > 0 ? ` (raised by ${formatAmount(budget.unit, budget.raised)})` : ''
  const held = budget.held > 0 ? `, ${formatAmount(budget.unit, budget.held)} held by running calls` : ''
  const key = budget.key ? ` for ${budget.key}` : ''
  const sharing = describeSharing(budget)
  return `${formatAmount(budget.unit, budget.spent)} of ${limit}${raised}${key} spent${held}; ${describeReset(budget, timeZone, nowMs)}${sharing && `; ${sharing}`}`
}

export function describeReset(budget: BudgetState, timeZone: string, nowMs: number): string {
  if (budget.window.rolling) return `over the last ${describeSpan(budget.window.endMs - budget.window.startMs)}`
  return `resets ${formatReset(budget.window.endMs, timeZone, nowMs)}`
}

/** `codex in web (feat-x)`: whose work a sentence is about. */
export function describeCaller({ attribution: who }: Pick<CallFacts, 'attribution'>): string {
  const program = who.agent ?? who.process?.command ?? 'a program'
  if (who.project === null) return who.branch === null ? program : `${program} on ${who.branch}`
  // A branch has slashes of its own: web/feat/checkout reads as a folder.
  return `${program} in ${who.project}${who.branch === null ? '' : ` (${who.branch})`}`
}

/**
 * What a rule does with calls that it finds by themselves: `Calls with model o1 that cost much are refused`. `found` says
 * which they are, behind whom the rule is about; `except` which of them are not meant.
 */
export function describeFound({ scope, action = 'deny' }: RuleBase, found: string, except = ''): string {
  const calls = `calls${describeScope(scope)} ${found}`
  const sentences = {
    warn: `You are warned of ${calls}`,
    ask: `You are asked first about ${calls}`,
    throttle: `C${calls.slice(1)} are slowed down`,
    deny: `C${calls.slice(1)} are refused`,
  }
  return sentences[action] + (except && `, ${except}`)
}

/** `All calls together may spend $10.00 per day: beyond that they are refused`. */
export function describeSum(
  { scope, action, per, each }: RuleBase & { per: string; each?: string | undefined },
  may: string,
): string {
  return `All calls${describeScope(scope)}${describeEach(each)} together may ${may} ${describeWindow(per)}: beyond that ${describeAction(action)}`
}

/** What happens to the calls that a sentence has spoken of. */
export function describeAction(action: Action = 'deny'): string {
  const ends = {
    warn: 'you are warned',
    ask: 'you are asked first',
    throttle: 'they are slowed down',
    deny: 'they are refused',
  }
  return ends[action]
}

/** `5 minutes`, `90 seconds`, `2 hours`. */
export function describeDuration(durationMs: number): string {
  const [unit, length] = (
    [
      ['hour', 3_600_000],
      ['minute', 60_000],
    ] as const
  ).find(([, size]) => durationMs % size === 0) ?? ['second', 1_000]
  return counted(durationMs / length, unit)
}

/** ` with environment test or ci and model gpt-*`, behind the word for what is meant; nothing where all are. */
export function describeScope(scope: Scope | undefined): string {
  const parts = Object.entries(scope ?? {}).map(
    ([name, wanted]) => `${dimension(name)} ${listed(typeof wanted === 'string' ? [wanted] : wanted, 'or')}`,
  )
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`
}

/** ` of one session`: a sum for each of them. */
export function describeEach(each: string | undefined): string {
  return each === undefined ? '' : ` of one ${dimension(each)}`
}

function dimension(name: string): string {
  return name.replace(/^tag:/, 'tag ')
}

/** `per day`, `in any 10 minutes`. */
export function describeWindow(per: string): string {
  return /^(minute|hour|day|week|month)$/.test(per) ? `per ${per}` : `in any ${per}`
}

/** `a, b or c`. */
export function listed(items: readonly string[], last: 'and' | 'or'): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
}

/** `1 turn`, `200 turns`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** What else is set of a budget. */
export function describeBudgetOptions({ warnAt, count, shared }: BudgetOptions): string {
  const shares = warnAt.map((share) => `${Math.round(share * 100)} %`)
  return [
    warnAt.length > 0 ? `; warnings at ${listed(shares, 'and')}` : '',
    count === 'all' ? ' (signed-in plans and local models count as well)' : '',
    shared === 'everyone' ? ' (counted over the machines of all developers)' : '',
    shared === true ? " (counted over all of a developer's machines)" : '',
  ].join('')
}

interface BudgetOptions {
  warnAt: readonly number[]
  count: 'metered' | 'all'
  shared: boolean | 'everyone'
}

/** Half the length of a rolling window's frame, which reaches as far ahead as back. */
export function describeSpan(frameMs: number): string {
  return describeDuration(frameMs / 2)
}
