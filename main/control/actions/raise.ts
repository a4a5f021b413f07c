import { commandLine } from '../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { exactUsd, formatUsd, parseUsd } from '../../../shared/values/money.ts'
import { parseDuration, windowAt } from '../../../shared/values/time-window.ts'
import { budgetStatus, isSpendCap, tightest } from '../../core/ledger/balances/budget-status.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import { gatewayEvents } from '../../ledger/queries/call-queries.ts'
import type { GatewayView } from '../views/gateway-view.ts'

export interface RaiseRequest {
  amountUsd: string
  reason: string
  /** The tightest budget when it is left out. */
  rule?: string | undefined
  /** A duration such as `2h`; to the end of the window when it is left out, and never beyond it. */
  for?: string | undefined
}

export interface RaiseGranted {
  rule: string
  amountUsd: string
  untilMs: number
  until: string
  leftUsd: string
}

/**
 * Grants more on a budget: on one of the policy within what the policy lets a developer grant to themselves, on one of
 * the developer's own as asked. It is recorded with its reason. Throws `not-allowed` with what the policy allows, `not-found` for a rule that is not a spend budget,
 * `usage` for an amount or a duration that is none.
 */
export function raiseBudget(view: GatewayView, request: RaiseRequest): RaiseGranted {
  const { books } = view
  const nowMs = view.clock()
  const amountNanos = parseUsd(request.amountUsd)
  if (amountNanos === null || amountNanos === 0)
    throw new AllowanceError(
      'usage',
      `"${request.amountUsd}" is not an amount`,
      commandLine('raise 2.50 --reason "why"'),
    )
  const forMs = request.for === undefined ? null : parseDuration(request.for)
  if (request.for !== undefined && forMs === null)
    throw new AllowanceError('usage', `"${request.for}" is not a duration`, '--for 2h')
  const budget = budgetToRaise(view, request.rule, nowMs)
  checkAllowed(view, budget, amountNanos, nowMs)
  const untilMs = Math.min(budget.window.endMs, forMs === null ? Number.POSITIVE_INFINITY : nowMs + forMs)
  const rule = budget.rule.id
  const own = books.inForce.own.has(rule)
  const event = { type: 'budget.raised' as const, rule, amountNanos, reason: request.reason, untilMs }
  books.ledger.append(own ? { ...event, own } : event)
  books.balances.raise(rule, amountNanos, untilMs)
  books.waiting.roomChanged()
  const after = budgetStatus(
    books.balances.allStates(nowMs).find((state) => state.rule === budget.rule && state.key === budget.key) ?? budget,
  )
  return {
    rule,
    amountUsd: exactUsd(amountNanos),
    untilMs,
    until: new Date(untilMs).toISOString(),
    leftUsd: after.left,
  }
}

/** The tightest budget that may be raised: one's own cap always may, a policy's where the policy says so. */
function budgetToRaise({ books }: GatewayView, rule: string | undefined, nowMs: number): BudgetState {
  const caps = books.balances.allStates(nowMs).filter(isSpendCap)
  const { own, mayRaise } = books.inForce
  const wanted =
    rule === undefined
      ? caps.filter((state) => mayRaise || own.has(state.rule.id))
      : caps.filter((state) => state.rule.id === rule)
  const budget = tightest(wanted) ?? (rule === undefined ? tightest(caps) : null)
  if (budget) return budget
  const names = [...new Set(caps.map((state) => state.rule.id))]
  const known = names.length > 0 ? `there are ${names.join(', ')}` : 'there is none'
  throw new AllowanceError(
    'not-found',
    rule === undefined ? 'there is no spend cap to raise' : `no spend cap is named "${rule}"; ${known}`,
    rule === undefined ? `to set one: ${commandLine()} cap 5` : commandLine('cap list'),
  )
}

/** What the policy lets a developer grant themselves on its caps, and how often today still; null where it grants nothing. */
export function raiseGrant(view: GatewayView): { upToUsd: string; perDay: number; leftToday: number } | null {
  const grant = view.policySource.current().policy?.raise ?? null
  if (grant === null) return null
  return { ...grant, leftToday: Math.max(0, grant.perDay - raisesToday(view, view.clock())) }
}

/** Raises of the policy's caps: those of one's own are not counted. */
function raisesToday({ books: { inForce, ledger } }: GatewayView, nowMs: number): number {
  const today = windowAt({ calendar: 'day' }, inForce.timeZone, nowMs)
  return gatewayEvents(ledger.store.database, ['budget.raised'], today.startMs).filter(
    ({ event }) => event.type === 'budget.raised' && !event.own,
  ).length
}

function checkAllowed(view: GatewayView, budget: BudgetState, amountNanos: number, nowMs: number): void {
  const { books, policySource } = view
  // Developers may raise caps they set themselves; the reason goes on the record all the same.
  if (books.inForce.own.has(budget.rule.id)) return
  const allowance = policySource.current().policy?.raise ?? null
  if (allowance === null)
    throw new AllowanceError('not-allowed', 'the policy allows no raises', 'ask the maintainer of the policy')
  const most = parseUsd(allowance.upToUsd) ?? 0
  if (amountNanos > most) {
    throw new AllowanceError(
      'not-allowed',
      `${formatUsd(amountNanos)} is more than the ${formatUsd(most)} that the policy grants at once`,
      commandLine(`raise ${allowance.upToUsd} --reason "why"`),
    )
  }
  if (raisesToday(view, nowMs) >= allowance.perDay) {
    throw new AllowanceError(
      'not-allowed',
      `the policy grants ${allowance.perDay} raises a day, and today's are used up`,
      'ask the maintainer of the policy',
    )
  }
}
