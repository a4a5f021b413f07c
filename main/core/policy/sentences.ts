import { formatReset, formatTokens } from '../../../shared/format.ts'
import { formatUsd } from '../../../shared/money.ts'
import type { CallFacts } from '../../../shared/events.ts'
import type { Action, Scope } from '../../../shared/policy.ts'
import type { BudgetState } from './facts.ts'

/** Sentences about rules and budgets, made once and shown in the SDK's error, the CLI, the notification and the window. */

/** An amount in a budget's own unit. */
export function formatAmount(unit: BudgetState['unit'], amount: number): string {
  if (unit === 'usd') return formatUsd(Math.max(0, amount))
  return unit === 'tokens' ? `${formatTokens(Math.max(0, amount))} tokens` : `${Math.max(0, amount)} calls`
}

/** `$9.98 of $10.00 per day spent, $0.01 held; resets 00:00 Europe/Paris`. */
export function describeBudget(budget: BudgetState, timeZone: string, nowMs: number): string {
  const limit = formatAmount(budget.unit, budget.limit + budget.raised)
  const raised = budget.raised > 0 ? ` (raised by ${formatAmount(budget.unit, budget.raised)})` : ''
  const held = budget.held > 0 ? `, ${formatAmount(budget.unit, budget.held)} held by running calls` : ''
  const key = budget.key ? ` for ${budget.key}` : ''
  return `${formatAmount(budget.unit, budget.spent)} of ${limit}${raised}${key} spent${held}; ${describeReset(budget, timeZone, nowMs)}`
}

export function describeReset(budget: BudgetState, timeZone: string, nowMs: number): string {
  if (budget.window.rolling) return `over the last ${describeSpan(budget.window.endMs - budget.window.startMs)}`
  return `resets ${formatReset(budget.window.endMs, timeZone, nowMs)}`
}

/** `codex in web/feat-x`: whose work a sentence is about. */
export function describeCaller({ attribution: who }: Pick<CallFacts, 'attribution'>): string {
  const program = who.agent ?? who.process?.command ?? 'a program'
  const place = [who.project, who.branch].filter((part) => part !== null).join('/')
  return place === '' ? program : `${program} in ${place}`
}

/** `Calls`, or `Calls with environment test or ci`: for rules that look at each call by itself. */
export function describeCalls(scope: Scope | undefined): string {
  return describeScope(scope)
    .replace(/^All calls together$/, 'Calls')
    .replace(/ together$/, '')
}

/** What a rule does with the calls that it finds: the end of its sentence. */
export function describeAction(action: Action | undefined): string {
  const ends = {
    warn: 'you are warned',
    ask: 'you are asked first',
    throttle: 'they are slowed down',
    deny: 'they are refused',
  }
  return ends[action ?? 'deny']
}

/** `5 minutes`, `90 seconds`, `2 hours`. */
export function describeDuration(durationMs: number): string {
  const [unit, length] = (
    [
      ['hour', 3_600_000],
      ['minute', 60_000],
    ] as const
  ).find(([, size]) => durationMs % size === 0) ?? ['second', 1_000]
  const count = durationMs / length
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** `All calls together`, or `Calls with environment test or ci`. */
export function describeScope(scope: Scope | undefined): string {
  if (!scope || Object.keys(scope).length === 0) return 'All calls together'
  const parts = Object.entries(scope).map(
    ([name, wanted]) => `${name.replace(/^tag:/, 'tag ')} ${typeof wanted === 'string' ? wanted : wanted.join(' or ')}`,
  )
  return `Calls with ${parts.join(' and ')} together`
}

/** `per day`, `in 10 minutes`, `per day for each session`. */
export function describeWindow(per: string, each: string | undefined): string {
  const span = /^(minute|hour|day|week|month)$/.test(per) ? `per ${per}` : `in ${per}`
  return each ? `${span} for each ${each}` : span
}

/** A budget that the policy shares over machines is counted on each of them for itself: said where its rule is explained. */
export function describeSharing(shared: boolean): string {
  return shared ? ' (counted on this machine alone: budgets are not shared over machines yet)' : ''
}

/** Half the length of a rolling window's frame, which reaches as far ahead as back. */
export function describeSpan(frameMs: number): string {
  const minutes = frameMs / 2 / 60_000
  return minutes < 120 ? `${minutes} minutes` : `${minutes / 60} hours`
}
