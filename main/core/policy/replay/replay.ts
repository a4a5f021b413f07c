import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { contextTokens, totalTokens } from '../../../../shared/calls/usage.ts'
import { Balances } from '../../ledger/balances/balances.ts'
import { budgetDefinitions } from '../../ledger/balances/budget-definitions.ts'
import { LiveConversations } from '../../ledger/calls/live-conversations.ts'
import { nanosOf } from '../../ledger/reports/rollup.ts'
import type { Quote } from '../../metering/quote/quote.ts'
import { type Decision, decide } from '../decision/decide.ts'
import { NO_WORKLOAD, type RecentCalls } from '../decision/facts.ts'
import { guardNamed } from '../guards/registry.ts'
import { type Dimensions, dimensionsOf } from '../document/scope.ts'

/** What the rules would have done with one past call. */
export interface ReplayedCall {
  record: CallRecord
  atMs: number
  costNanos: UsdNanos
  /** The call was made at the time; else it was refused then, too. */
  wasMade: boolean
  /** The rule that would have refused it; null when it would have gone through. */
  refusedBy: string | null
  /** Rules that would have asked about it, slowed it down, or warned of it. */
  askedBy: readonly string[]
  slowedBy: readonly string[]
  warnedBy: readonly string[]
}

export interface ReplayOptions {
  rules: readonly RuleBase[]
  timeZone: string
  /** What a call that was refused at the time would have cost at least; 0 when left out. */
  leastCost?: (record: CallRecord) => UsdNanos
}

export function canReplay(rule: RuleBase): boolean {
  return guardNamed(rule.guard)?.judgesPatterns !== true && (rule as { timesUsual?: number }).timesUsual === undefined
}

/**
 * Holds rules against past calls, in the order in which they were made: the same decision, budgets and windows as for a
 * call of now, with what each call cost in truth in the place of a quote. A call that would have been refused spends
 * nothing; one that would have been asked about is taken to go on.
 */
export class RuleReplay {
  readonly #rules: readonly RuleBase[]
  readonly #timeZone: string
  readonly #leastCost: (record: CallRecord) => UsdNanos
  readonly #balances: Balances
  readonly #conversations = new LiveConversations()
  /** Most rules ask nothing of a conversation, and a replay has very many calls. */
  readonly #followsConversations: boolean

  constructor({ rules, timeZone, leastCost = () => 0 }: ReplayOptions) {
    this.#rules = rules.filter(canReplay)
    this.#followsConversations = this.#rules.some(({ guard }) => guard === 'conversation-cap')
    this.#timeZone = timeZone
    this.#leastCost = leastCost
    this.#balances = new Balances(budgetDefinitions(this.#rules), timeZone)
  }

  /** The next call. Null for one that says nothing: it is not over, or was never sent. */
  add(record: CallRecord): ReplayedCall | null {
    const wasRefused = record.state === 'refused'
    if (!wasRefused && record.state !== 'settled' && record.state !== 'expired' && record.state !== 'released')
      return null
    const atMs = Date.parse(record.startedAt)
    const costNanos = wasRefused ? this.#leastCost(record) : nanosOf(record.costUsd)
    const call = factsOf(record, atMs)
    const quote = quoteOf(record, costNanos)
    const dimensions = dimensionsOf(call)
    const outcome = this.#decide(call, quote, dimensions, atMs)
    const refusedBy = outcome.decision.kind === 'admit' ? null : ruleOf(outcome.decision)
    if (!wasRefused && refusedBy === null) this.#spend(record, dimensions, atMs, costNanos)
    const warnedBy = outcome.decision.verdicts.flatMap(({ verdict, rule }) =>
      verdict === 'warn' && rule ? [rule] : [],
    )
    return {
      record,
      atMs,
      costNanos: wasRefused ? 0 : costNanos,
      wasMade: !wasRefused,
      refusedBy,
      askedBy: outcome.askedBy,
      slowedBy: outcome.slowedBy,
      warnedBy,
    }
  }

  #decide(call: CallFacts, quote: Quote, dimensions: Dimensions, nowMs: number) {
    const askedBy: string[] = []
    const slowedBy: string[] = []
    const settledRules = new Set<string>()
    const live = this.#conversations.get(call.conversation)
    const workload = {
      ...NO_WORKLOAD,
      conversation: live && { turns: live.turns, tokens: live.tokens, costNanos: live.costNanos },
    }
    for (;;) {
      const decision = decide({
        call,
        quote,
        rules: this.#rules,
        budgets: this.#balances.statesFor(dimensions, nowMs),
        nowMs,
        timeZone: this.#timeZone,
        recent: NOTHING_RECENT,
        workload,
        settledRules,
      })
      if (decision.kind !== 'ask' && decision.kind !== 'throttle') return { decision, askedBy, slowedBy }
      const { id } = decision.finding.rule
      ;(decision.kind === 'ask' ? askedBy : slowedBy).push(id)
      settledRules.add(id)
    }
  }

  #spend(record: CallRecord, dimensions: Dimensions, atMs: number, costNanos: UsdNanos): void {
    const tokens = record.usage ? totalTokens(record.usage) : 0
    this.#balances.openHold(record.id, dimensions, atMs, costNanos, tokens)
    this.#balances.close(record.id, costNanos, tokens)
    if (this.#followsConversations) this.#conversations.observe(record)
  }
}

function ruleOf(decision: Exclude<Decision, { kind: 'admit' }>): string {
  return decision.kind === 'wait' ? (decision.blockedBy[0]?.rule.id ?? '') : decision.finding.rule.id
}

function factsOf(record: CallRecord, startedAtMs: number): CallFacts {
  return {
    callId: record.id,
    startedAtMs,
    provider: record.provider,
    api: record.api,
    requestModel: record.requestModel,
    stream: record.stream,
    kind: record.kind,
    billing: record.billing,
    attribution: record.attribution,
    conversation: record.conversation,
    attempt: record.attempt,
    contextTokens: record.contextTokens ?? 0,
    contextWindow: record.contextWindow,
    priced: record.priced,
    priceVersion: record.priceVersion,
  }
}

/** The truth in the shape of a quote: all that the call cost and used is known, and none of it can be clamped. */
function quoteOf(record: CallRecord, costNanos: UsdNanos): Quote {
  const { usage } = record
  return {
    inputTokens: usage ? contextTokens(usage) : (record.contextTokens ?? 0),
    worstInputTokens: usage ? contextTokens(usage) : (record.contextTokens ?? 0),
    worstInputNanos: costNanos,
    expectedInputNanos: costNanos,
    expectedCacheReadTokens: usage?.cacheRead ?? 0,
    readableTokens: 0,
    outputNanosPerMillion: 0,
    worstOutputTokens: usage?.output ?? 0,
    expectedOutputTokens: usage?.output ?? 0,
    highOutputTokens: usage?.output ?? 0,
    typical: true,
    hasOwnMaximum: true,
    minOutputTokens: usage?.output ?? 0,
    choices: 1,
    output: 'hidden',
    sealed: true,
    marginTokens: 0,
    priced: record.priced,
    priceVersion: record.priceVersion,
    contextWindow: record.contextWindow,
  }
}

const NOTHING_RECENT: RecentCalls = {
  since: () => [],
  inConversation: () => [],
  inThread: () => [],
  withBody: () => [],
  running: () => [],
}
