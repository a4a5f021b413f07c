import { commandLine } from '../../../shared/values/command-line.ts'
import type { Status } from '../../../shared/contract/contract.ts'
import type { LedgerEntry } from '../../../shared/calls/events.ts'
import { exactUsd, formatUsd } from '../../../shared/values/money.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { BURN_WINDOW_MS, burnPerHour, capReachedAt } from '../../core/ledger/balances/burn-rate.ts'
import { budgetStatus, headline, leftInAll, spendSentence } from '../../core/ledger/balances/budget-status.ts'
import { planSentence } from '../../core/plans/plan-windows.ts'
import type { BudgetState } from '../../core/policy/decision/facts.ts'
import { inScope, valueOf } from '../../core/policy/document/scope.ts'
import { gatewayEvents } from '../../ledger/queries/call-queries.ts'
import { firstCallMs, recentSpend, spendBySteps } from '../../ledger/queries/spend-queries.ts'
import { capReached } from './cap-reached.ts'
import type { GatewayView } from './gateway-view.ts'
import { policyStatusOf } from './policy-status.ts'

/** Budgets with a key each (a session, a branch) can be many: the ones nearest to their limit are shown. */
const MAX_BUDGETS = 100
const MAX_CONVERSATIONS = 50
/** Gaps in metering are shown for as long as somebody may still wonder about a sum. */
const GAPS_SHOWN_MS = 7 * 86_400_000
const MAX_GAPS = 20

/** How things stand now, in the shape of the contract. Reads the ledger, changes nothing. */
export function buildStatus(view: GatewayView): Status {
  const { books } = view
  const nowMs = view.clock()
  const { timeZone } = books.inForce
  const states = books.balances.allStates(nowMs)
  const { state, sentence, spend } = headlineOf(view, states, nowMs, spentLately)
  const hooks = view.hookStatus()
  return {
    schema: 1,
    at: new Date(nowMs).toISOString(),
    state,
    sentence,
    timezone: timeZone,
    developer: view.developer,
    spend,
    budgets: nearestFirst(states).slice(0, MAX_BUDGETS).map(budgetStatus),
    conversations: view.conversations().slice(0, MAX_CONVERSATIONS),
    asks: view.questions?.open() ?? [],
    policy: policyStatusOf(view),
    gateway: {
      proxy: view.proxyUrl(),
      control: view.controlUrl(),
      pid: process.pid,
      uptimeSeconds: Math.round((nowMs - view.startedAtMs) / 1_000),
      version: view.version,
      command: commandLine(),
    },
    unapproved: view.unapproved(),
    ...(hooks.length > 0 ? { hooks } : {}),
    ...plansOf(view, nowMs),
    gaps: gapsOf(gatewayEvents(books.ledger.store.database, ['gap.recorded'], nowMs - GAPS_SHOWN_MS)),
  }
}

/** Nothing where no signed-in plan has answered in its window. */
export function plansOf({ books }: GatewayView, nowMs: number): Pick<Status, 'plans'> {
  const plans = books.plans.current(nowMs).map((plan) => ({
    provider: plan.provider,
    windowMinutes: plan.minutes,
    usedPercent: Math.floor(plan.used * 100),
    resetsAt: new Date(plan.resetsAtMs).toISOString(),
    at: new Date(plan.atMs).toISOString(),
    sentence: planSentence(plan, books.inForce.timeZone, nowMs),
  }))
  return plans.length > 0 ? { plans } : {}
}

/** What metered calls cost within the burn window; of those that a cap counts, where one is given. */
export type SpentLately = (view: GatewayView, cap: BudgetState | null, nowMs: number) => number

/** The first line of a status. */
export function headlineOf(
  view: GatewayView,
  states: readonly BudgetState[],
  nowMs: number,
  lately: SpentLately,
): Pick<Status, 'state' | 'sentence' | 'spend'> {
  const cap = headline(states)
  const { gate } = view.policySource.current()
  const troubles = troublesOf(view, gate)
  const perHour = burnPerHour(lately(view, cap, nowMs), firstCallMs(view.books.ledger.store.database), nowMs)
  const spend = cap ? capSpend(view, cap, perHour, nowMs) : plainSpend(view, perHour, nowMs)
  const traffic = view.traffic?.state() ?? 'ok'
  return {
    state: traffic !== 'ok' ? traffic : troubles.length > 0 ? 'degraded' : 'ok',
    sentence: sentenceOf(traffic, troubles, cap, spend, view.books.inForce.timeZone, nowMs),
    spend: spend.shown,
  }
}

export function spentLately(view: GatewayView, cap: BudgetState | null, nowMs: number): number {
  const { each } = (cap?.rule ?? {}) as { each?: string }
  const scope = cap?.rule.scope
  const names = [...Object.keys(scope ?? {}), each]
  const byThread = names.includes('session') || names.includes('conversation')
  return recentSpend(view.books.ledger.store.database, nowMs - BURN_WINDOW_MS, byThread)
    .filter(
      ({ dimensions }) =>
        inScope(scope, dimensions) && (each === undefined || (valueOf(dimensions, each) ?? '') === (cap?.key ?? '')),
    )
    .reduce((sum, { nanos }) => sum + nanos, 0)
}

interface Spend {
  shown: Status['spend']
  spentNanos: number
}

/** The cap that the headline is about, with the pace of the calls that it counts. */
function capSpend(view: GatewayView, cap: BudgetState, perHour: number, nowMs: number): Spend {
  const left = Math.max(0, leftInAll(cap))
  const reachedAtMs = capReachedAt(left, perHour, nowMs, cap.window.endMs)
  const reached = capReached(view.books.ledger.store.database, cap, nowMs)
  return {
    spentNanos: cap.spent,
    shown: {
      rule: cap.rule.id,
      spentUsd: exactUsd(cap.spent),
      heldUsd: exactUsd(cap.held),
      limitUsd: exactUsd(cap.limit),
      raisedUsd: exactUsd(cap.raised),
      leftUsd: exactUsd(left),
      resetsAt: new Date(cap.window.endMs).toISOString(),
      burnUsdPerHour: exactUsd(perHour),
      capReachedAt: reachedAtMs === null ? null : new Date(reachedAtMs).toISOString(),
      ...(reached === null ? {} : { reached }),
    },
  }
}

/** Without a cap: what today's calls cost. */
function plainSpend(view: GatewayView, perHour: number, nowMs: number): Spend {
  const { database } = view.books.ledger.store
  const today = windowAt({ calendar: 'day' }, view.books.inForce.timeZone, nowMs)
  const spentNanos = spendBySteps(database, today.startMs, today.endMs).reduce((sum, step) => sum + step.nanos, 0)
  return {
    spentNanos,
    shown: {
      rule: null,
      spentUsd: exactUsd(spentNanos),
      heldUsd: exactUsd(view.books.balances.heldNanos),
      limitUsd: null,
      raisedUsd: exactUsd(0),
      leftUsd: null,
      resetsAt: new Date(today.endMs).toISOString(),
      burnUsdPerHour: exactUsd(perHour),
      capReachedAt: null,
    },
  }
}

function troublesOf(view: GatewayView, gate: 'ok' | 'closed'): string[] {
  const { trouble } = view.books.ledger
  return [
    ...(trouble === null ? [] : [`The ledger cannot be written: ${trouble}`]),
    ...(gate === 'closed' ? ['No valid policy: calls are refused until its source can be reached'] : []),
  ]
}

function sentenceOf(
  traffic: 'ok' | 'paused' | 'killed',
  troubles: readonly string[],
  cap: BudgetState | null,
  spend: Spend,
  timeZone: string,
  nowMs: number,
): string {
  const money = cap ? spendSentence(cap, timeZone, nowMs) : `${formatUsd(spend.spentNanos)} today, no cap`
  if (traffic === 'killed') return `The kill switch is on; ${money}`
  if (traffic === 'paused') return `Paused; ${money}`
  return troubles.length > 0 ? `${troubles[0]}; ${money}` : money
}

function nearestFirst(states: readonly BudgetState[]): BudgetState[] {
  if (states.length <= MAX_BUDGETS) return [...states]
  const share = (state: BudgetState) => (state.spent + state.held) / Math.max(1, state.limit + state.raised)
  return [...states].sort((a, b) => share(b) - share(a))
}

function gapsOf(entries: readonly LedgerEntry[]): Status['gaps'] {
  return entries
    .flatMap(({ event }) => (event.type === 'gap.recorded' ? [event] : []))
    .slice(-MAX_GAPS)
    .map(({ fromMs, untilMs, reason }) => ({
      from: new Date(fromMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      reason,
    }))
}
