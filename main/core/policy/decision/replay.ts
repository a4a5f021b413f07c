import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { CallFacts } from '../../../../shared/calls/events.ts'
import { totalTokens } from '../../../../shared/calls/usage.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'
import { Balances } from '../../ledger/balances/balances.ts'
import { budgetDefinitions } from '../../ledger/balances/budget-definitions.ts'
import { createRecentCalls } from '../../ledger/calls/recent-calls.ts'
import { nanosOf } from '../../ledger/reports/rollup.ts'
import type { Quote } from '../../metering/quote/quote.ts'
import { dimensionsOf } from '../document/scope.ts'
import { guardNamed } from '../guards/registry.ts'
import { decide } from './decide.ts'
import { NO_WORKLOAD, type Workload } from './facts.ts'

/** What one rule would have done to the calls of the past. */
export interface RuleReplay {
  rule: string
  /** Null where the rule judges by patterns that the ledger does not keep. */
  outcome: {
    refused: number
    asked: number
    slowed: number
    warned: number
    /** Days (of the time zone) on which it would have refused or asked. */
    days: number
    savedNanos: UsdNanos
    /** The first call that it would have refused or asked about. */
    first: { callId: string; atMs: number } | null
    savedByProject: ReadonlyMap<string, UsdNanos>
    savedByDeveloper: ReadonlyMap<string, UsdNanos>
  } | null
}

export interface Replay {
  calls: number
  rules: RuleReplay[]
  /** The most that was spent in one window of a budget, by its rule, as far as calls were let through. */
  peaks: ReadonlyMap<string, number>
}

type Outcome = NonNullable<RuleReplay['outcome']> & {
  dayNames: Set<string>
  savedByProject: Map<string, UsdNanos>
  savedByDeveloper: Map<string, UsdNanos>
}

/**
 * Puts the calls of the past before rules, in the order in which they were made, through the same decision that calls
 * meet live. What a call cost is known here, so it is refused exactly when that does not fit. A question counts as
 * answered with yes. Pure; `calls` oldest first.
 */
export function replayRules(rules: readonly RuleBase[], calls: Iterable<CallRecord>, timeZone: string): Replay {
  const balances = new Balances(budgetDefinitions(rules), timeZone)
  const replayed = rules.filter(({ guard }) => guardNamed(guard)?.judgesPatterns !== true)
  const outcomes = new Map(replayed.map((rule) => [rule.id, emptyOutcome()]))
  const conversations = new Map<string, NonNullable<Workload['conversation']>>()
  const peaks = new Map<string, number>()
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone })
  const recent = createRecentCalls()
  let count = 0
  for (const record of calls) {
    if (record.usage === null) continue
    count += 1
    const call = factsOf(record)
    const costNanos = nanosOf(record.costUsd)
    const tokens = totalTokens(record.usage)
    const dimensions = dimensionsOf(call)
    const conversation = (call.conversation === null ? null : conversations.get(call.conversation)) ?? null
    const input = {
      call,
      quote: exactQuote(record, costNanos, tokens),
      rules: replayed,
      budgets: balances.statesFor(dimensions, call.startedAtMs),
      nowMs: call.startedAtMs,
      timeZone,
      recent,
      workload: { ...NO_WORKLOAD, conversation },
    }
    const settledRules = new Set<string>()
    let decision = decide({ ...input, settledRules })
    for (const { rule, verdict } of decision.verdicts) if (verdict === 'warn' && rule) outcomes.get(rule)!.warned += 1
    while (decision.kind === 'ask' || decision.kind === 'throttle') {
      const outcome = outcomes.get(decision.finding.rule.id)!
      if (decision.kind === 'ask') {
        outcome.asked += 1
        note(outcome, call, dayOf)
      } else outcome.slowed += 1
      settledRules.add(decision.finding.rule.id)
      decision = decide({ ...input, settledRules })
    }
    if (decision.kind === 'refuse') {
      const outcome = outcomes.get(decision.finding.rule.id)!
      outcome.refused += 1
      outcome.savedNanos += costNanos
      note(outcome, call, dayOf)
      add(outcome.savedByProject, call.attribution.project ?? '', costNanos)
      add(outcome.savedByDeveloper, call.attribution.developer ?? '', costNanos)
      continue
    }
    balances.openHold(call.callId, dimensions, call.startedAtMs, 0, 0)
    balances.close(call.callId, costNanos, tokens)
    for (const { rule, spent } of balances.statesFor(dimensions, call.startedAtMs))
      peaks.set(rule.id, Math.max(peaks.get(rule.id) ?? 0, spent))
    if (call.conversation !== null)
      conversations.set(call.conversation, {
        turns: (conversation?.turns ?? 0) + 1,
        tokens: (conversation?.tokens ?? 0) + tokens,
        costNanos: (conversation?.costNanos ?? 0) + costNanos,
      })
  }
  return {
    calls: count,
    peaks,
    rules: rules.map(({ id }) => {
      const outcome = outcomes.get(id)
      return { rule: id, outcome: outcome ? { ...outcome, days: outcome.dayNames.size } : null }
    }),
  }
}

function emptyOutcome(): Outcome {
  return {
    refused: 0,
    asked: 0,
    slowed: 0,
    warned: 0,
    days: 0,
    savedNanos: 0,
    first: null,
    savedByProject: new Map(),
    savedByDeveloper: new Map(),
    dayNames: new Set(),
  }
}

function note(outcome: Outcome, { callId, startedAtMs }: CallFacts, dayOf: Intl.DateTimeFormat): void {
  outcome.first ??= { callId, atMs: startedAtMs }
  outcome.dayNames.add(dayOf.format(startedAtMs))
}

function add(sums: Map<string, UsdNanos>, key: string, nanos: UsdNanos): void {
  sums.set(key, (sums.get(key) ?? 0) + nanos)
}

/** A call that is over costs what it cost: there is no output left to guess. */
function exactQuote({ priceVersion, priced, contextWindow }: CallRecord, costNanos: UsdNanos, tokens: number): Quote {
  return {
    inputTokens: tokens,
    worstInputTokens: tokens,
    worstInputNanos: costNanos,
    expectedInputNanos: costNanos,
    expectedCacheReadTokens: 0,
    readableTokens: 0,
    outputNanosPerMillion: 0,
    worstOutputTokens: 0,
    expectedOutputTokens: 0,
    highOutputTokens: 0,
    typical: true,
    hasOwnMaximum: true,
    minOutputTokens: 0,
    choices: 1,
    output: 'none',
    sealed: true,
    marginTokens: 0,
    priced,
    priceVersion,
    contextWindow,
  }
}

function factsOf(record: CallRecord): CallFacts {
  return {
    callId: record.id,
    startedAtMs: Date.parse(record.startedAt),
    provider: record.provider,
    api: record.api,
    requestModel: record.requestModel,
    stream: record.stream,
    kind: record.kind,
    billing: record.billing,
    attribution: record.attribution,
    conversation: record.conversation,
    attempt: record.attempt,
    step: record.step ?? null,
    contextTokens: record.contextTokens ?? 0,
    contextWindow: record.contextWindow,
    priced: record.priced,
    priceVersion: record.priceVersion,
  }
}
