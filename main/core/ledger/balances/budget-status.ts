import type { BudgetStatus } from '../../../../shared/contract/contract.ts'
import { formatReset } from '../../../../shared/values/format.ts'
import { exactUsd, formatUsd } from '../../../../shared/values/money.ts'
import type { BudgetState } from '../../policy/decision/facts.ts'
import { guardNamed } from '../../policy/guards/registry.ts'
import { describeSharing, describeSpan } from '../../policy/decision/sentences.ts'
import { leftOf } from '../../policy/decision/size-hold.ts'

/** A budget as scripts and screens see it: amounts are exact decimals in its own unit, what is left is never negative. */
export function budgetStatus(state: BudgetState): BudgetStatus {
  const { rule, unit, window } = state
  const amount = (value: number) => (unit === 'usd' ? exactUsd(value) : String(value))
  const { warnAt } = rule as { warnAt?: number[] }
  return {
    rule: rule.id,
    guard: rule.guard,
    unit,
    key: state.key,
    scope: rule.scope ?? {},
    limit: amount(state.limit),
    raised: amount(state.raised),
    spent: amount(state.spent),
    held: amount(state.held),
    left: amount(Math.max(0, leftInAll(state))),
    windowStart: new Date(window.startMs).toISOString(),
    resetsAt: window.rolling ? null : new Date(window.endMs).toISOString(),
    ...(warnAt && warnAt.length > 0 ? { warnAt } : {}),
    ...(state.shared
      ? {
          shared: {
            machines: state.shared.machines,
            spentElsewhere: amount(state.shared.spentElsewhere),
            trouble: state.shared.trouble,
            sentence: describeSharing(state),
          },
        }
      : {}),
  }
}

/** What people mean by left: of a shared budget not what this machine has leased, but what is left of the whole. */
export function leftInAll(state: BudgetState): number {
  return state.shared && !state.shared.isFinal ? leftOf({ ...state, shared: undefined }) : leftOf(state)
}

/** A cap on spend, of which one can say how much is left. */
export function isSpendCap(state: BudgetState): boolean {
  return state.unit === 'usd' && state.rule.guard === 'spend-cap'
}

/**
 * The spend cap that is nearest to being reached, as a share of its limit. Where several are as near (a morning on
 * which nothing was spent), the one that covers every call, then the smallest.
 */
export function tightest(states: readonly BudgetState[]): BudgetState | null {
  const caps = states.filter(isSpendCap)
  return caps.reduce<BudgetState | null>(
    (best, state) => (best === null || isTighter(state, best) ? state : best),
    null,
  )
}

/** The one that a person asks about: a cap of one session each says little about the day, unless there is no other. */
export function headline(states: readonly BudgetState[]): BudgetState | null {
  return tightest(states.filter((state) => state.key === null)) ?? tightest(states)
}

function isTighter(state: BudgetState, other: BudgetState): boolean {
  const difference = shareUsed(state) - shareUsed(other)
  if (difference !== 0) return difference > 0
  if (isNarrow(state) !== isNarrow(other)) return isNarrow(other)
  return leftOf(state) < leftOf(other)
}

function shareUsed(state: BudgetState): number {
  return (state.spent + state.held) / Math.max(1, state.limit + state.raised)
}

function isNarrow(state: BudgetState): boolean {
  return state.key !== null || Object.keys(state.rule.scope ?? {}).length > 0
}

/** `$1.23 of $10.00 today, resets 00:00 Europe/Paris`. */
export function spendSentence(state: BudgetState, timeZone: string, nowMs: number): string {
  const limit = formatUsd(state.limit + state.raised)
  const reset = state.window.rolling ? '' : `, resets ${formatReset(state.window.endMs, timeZone, nowMs)}`
  const key = state.key ? ` for ${state.key}` : ''
  const sharing = describeSharing(state)
  return `${formatUsd(state.spent)} of ${limit}${key} ${spanOf(state)}${reset}${sharing && `, ${sharing}`}`
}

const SPANS: Record<string, string> = {
  minute: 'this minute',
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  month: 'this month',
}

function spanOf(state: BudgetState): string {
  const per = guardNamed(state.rule.guard)?.budget?.(state.rule)?.per ?? ''
  return SPANS[per] ?? `in the last ${describeSpan(state.window.endMs - state.window.startMs)}`
}
