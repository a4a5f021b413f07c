import type { z } from 'zod'
import type { RuleBase } from '../../../../../shared/rules/policy.ts'
import type { RefusalCode, VerdictKind } from '../../../../../shared/calls/verdict.ts'
import type { GuardFacts } from '../../decision/facts.ts'

/** What a guard found. `reason` is a sentence with numbers, for people. */
export interface Finding {
  verdict: VerdictKind
  reason: string
  code: RefusalCode
  /** Throttle only: how long to wait, at most 20,000. */
  delayMs?: number
  /** `rate-limited` only: when a retry can succeed. */
  retryAfterMs?: number
  /** `context-too-large` only. */
  contextTokens?: number
  contextLimit?: number
  /** Warnings only: what the agent itself is told, where the dialect has a place for it. */
  steering?: string
  /** How to go on, for a refusal: a sentence with its own full stop. */
  advice?: string
}

/** The most output that a rule lets one call make, and what is said where it ends there. */
export interface OutputBound {
  outputTokens: number
  finding: Finding
}

/** A budget that a guard wants kept for its rule: the ledger sums, the guard judges. */
export interface BudgetDemand {
  unit: 'usd' | 'tokens' | 'calls'
  limit: number
  per: string
  each: string | null
  /** `metered`: what costs money. `all`: subscription and local calls too, at list price. */
  count: 'metered' | 'all'
}

/**
 * One guard: a pure check with options of its own. Adding one is one file and one line in the registry; the policy
 * schema, `policy check`, the docs and the tests iterate over it. Its functions only ever get rules that its own schema
 * made, which is why they may take the narrower type.
 */
export interface Guard<Rule extends RuleBase = RuleBase> {
  name: string
  /** Strict schema of a whole rule (base keys included), so that unknown keys are rejected with their path. */
  schema: z.ZodType<Rule>
  /** One sentence for the policy view: what it limits, when, and what happens then. */
  describe(rule: Rule): string
  /** The budget it needs, if it is about sums. Spend and token budgets also bound holds (policy/size-hold). */
  budget?(rule: Rule): BudgetDemand
  /** Null: nothing to say. Called for each rule whose scope matches, before the hold is sized. */
  check(facts: GuardFacts, rule: Rule): Finding | null
  /** It judges by patterns of recent calls that the ledger does not keep, so the past cannot be replayed to it. */
  judgesPatterns?: true
  /** How far a call that `check` let pass may go all the same; null where that is not for this rule to say. */
  bound?(facts: Pick<GuardFacts, 'call' | 'quote'>, rule: Rule): OutputBound | null
}
