import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { RuleBase, Tier } from '../../../../shared/rules/policy.ts'
import { type Verdict, VERDICTS } from '../../../../shared/calls/verdict.ts'
import type { Quote } from '../../metering/quote/quote.ts'
import { type BudgetState, NO_WORKLOAD, type RecentCalls, type Workload } from './facts.ts'
import type { Finding, OutputBound } from '../guards/rule/guard.ts'
import { guardNamed } from '../guards/registry.ts'
import { dimensionsOf, inScope } from '../document/scope.ts'
import { type Hold, sizeHold } from './size-hold.ts'
import { tierVerdict } from './tier-verdict.ts'
import { TUNING } from './tuning.ts'

export interface DecisionInput {
  call: CallFacts
  quote: Quote
  rules: readonly RuleBase[]
  /** Cheaper models that the policy suggests; none when left out. */
  tiers?: readonly Tier[] | undefined
  /** The budgets this call falls under (ledger/balances). */
  budgets: readonly BudgetState[]
  nowMs: number
  timeZone: string
  recent: RecentCalls
  /** What is known of the work beside the call; nothing when left out. */
  workload?: Workload | undefined
  /** Rules whose question was answered with yes, or whose delay was served: they have had their say. */
  settledRules: ReadonlySet<string>
  /** The call has waited long for other calls' holds (policy/size-hold). */
  isImpatient?: boolean | undefined
}

/** A finding with the rule that made it. */
export interface RuleFinding extends Finding {
  rule: RuleBase
  budget: BudgetState | null
}

/** The most output that a rule lets this call make. */
export interface RuleBound {
  outputTokens: number
  finding: RuleFinding
}

export type Decision =
  | {
      kind: 'admit'
      hold: Hold
      clampTo: number | null
      bound: RuleBound | null
      verdicts: Verdict[]
      /** What a warning wants the agent to be told. */
      steering: { rule: string; text: string } | null
    }
  /** `tokens`: of output, that there has to be room for; absent behind others in line. */
  | { kind: 'wait'; blockedBy: BudgetState[]; tokens?: number; verdicts: Verdict[] }
  | { kind: 'throttle'; finding: RuleFinding; delayMs: number; verdicts: Verdict[] }
  | { kind: 'ask'; finding: RuleFinding; verdicts: Verdict[] }
  | { kind: 'refuse'; finding: RuleFinding; verdicts: Verdict[] }

/** Folds what every rule says of a call into one decision: the most severe wins, then the hold is sized. Pure. */
export function decide(input: DecisionInput): Decision {
  const findings = findingsOf(input)
  const verdicts = findings.map(asVerdict)
  const worst = mostSevere(findings.filter((finding) => !input.settledRules.has(finding.rule.id)))
  if (worst?.verdict === 'deny') return { kind: 'refuse', finding: worst, verdicts }
  if (worst?.verdict === 'ask') return { kind: 'ask', finding: worst, verdicts }
  if (worst?.verdict === 'throttle') {
    return {
      kind: 'throttle',
      finding: worst,
      delayMs: Math.min(worst.delayMs ?? TUNING.MAX_DELAY_MS, TUNING.MAX_DELAY_MS),
      verdicts,
    }
  }
  const bound = tightestBound(input)
  const quote = bound ? withinBound(input.quote, bound) : input.quote
  const sizing = sizeHold(quote, boundingBudgets(input.budgets), input.isImpatient)
  switch (sizing.kind) {
    case 'admit': {
      const tier = tierVerdict(input.call, input.tiers ?? [], input.budgets)
      // The provider itself stops there: an abort would reach it too late.
      const clampTo = sizing.clampTo ?? (bound && !quote.sealed ? Math.floor(bound.outputTokens / quote.choices) : null)
      const told = findings.find((finding) => finding.verdict === 'warn' && finding.steering !== undefined)
      return {
        ...sizing,
        clampTo,
        bound,
        verdicts: tier ? [...verdicts, tier] : verdicts,
        steering: told?.steering === undefined ? null : { rule: told.rule.id, text: told.steering },
      }
    }
    case 'wait':
      return { ...sizing, verdicts }
    case 'refuse':
      return { kind: 'refuse', finding: refusedByBudget(sizing.by), verdicts }
  }
}

/** The finding of a cap that leaves no room: its sentence is made from the budget itself. */
export function refusedByBudget(budget: BudgetState): RuleFinding {
  return { rule: budget.rule, budget, verdict: 'deny', code: 'cap-reached', reason: '' }
}

/** The budgets that deny: these bound holds and top-ups. Counted calls cannot be held, so they do not. */
export function boundingBudgets(budgets: readonly BudgetState[]): BudgetState[] {
  return budgets.filter(
    (budget) => budget.unit !== 'calls' && (budget.rule.action ?? 'deny') === 'deny' && BOUNDING.has(budget.rule.guard),
  )
}

/** Guards whose budget is a cap in itself; others (spend-rate) judge their sums in `check`. */
const BOUNDING = new Set(['spend-cap', 'token-cap'])

/**
 * The rule that lets this call make the least output; null where none says anything of it. What takes no limit and
 * cannot be watched is not to be kept to one: there the budgets alone hold.
 */
function tightestBound({ call, quote, rules, settledRules }: DecisionInput): RuleBound | null {
  if (quote.sealed && quote.output !== 'visible') return null
  const dimensions = dimensionsOf(call)
  let tightest: RuleBound | null = null
  for (const rule of rules) {
    const guard = guardNamed(rule.guard)
    if (!guard?.bound || settledRules.has(rule.id) || !inScope(rule.scope, dimensions)) continue
    const bound: OutputBound | null = guard.bound({ call, quote }, rule)
    if (bound && bound.outputTokens < (tightest?.outputTokens ?? quote.worstOutputTokens))
      tightest = { ...bound, finding: { ...bound.finding, rule, budget: null } }
  }
  return tightest
}

/** As if the model could not make more: nothing is held for what no rule would let pass. */
function withinBound(quote: Quote, { outputTokens }: RuleBound): Quote {
  return {
    ...quote,
    worstOutputTokens: outputTokens,
    expectedOutputTokens: Math.min(quote.expectedOutputTokens, outputTokens),
    highOutputTokens: Math.min(quote.highOutputTokens, Math.floor(outputTokens / quote.choices)),
  }
}

function findingsOf(input: DecisionInput): RuleFinding[] {
  const findings: RuleFinding[] = []
  const dimensions = dimensionsOf(input.call)
  const { workload = NO_WORKLOAD } = input
  for (const rule of input.rules) {
    if (!inScope(rule.scope, dimensions)) continue
    const budget = input.budgets.find((state) => state.rule === rule) ?? null
    const finding = guardNamed(rule.guard)?.check({ ...input, workload, budget }, rule)
    if (finding && finding.verdict !== 'allow') findings.push({ ...finding, rule, budget })
  }
  return findings
}

function mostSevere(findings: readonly RuleFinding[]): RuleFinding | null {
  let worst: RuleFinding | null = null
  for (const finding of findings) if (!worst || severity(finding) > severity(worst)) worst = finding
  return worst
}

function severity(finding: Finding): number {
  return VERDICTS.indexOf(finding.verdict)
}

function asVerdict(finding: RuleFinding): Verdict {
  return { guard: finding.rule.guard, rule: finding.rule.id, verdict: finding.verdict, reason: finding.reason }
}
