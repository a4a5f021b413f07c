import { commandLine } from '../../../../shared/values/command-line.ts'
import { formatReset } from '../../../../shared/values/format.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import type { RuleOrigin } from '../../../../shared/rules/replay.ts'
import type { Refusal } from '../../../../shared/calls/verdict.ts'
import type { RuleFinding } from './decide.ts'
import type { BudgetState } from './facts.ts'
import { describeReset, describeSharing, formatAmount } from './sentences.ts'

export interface RefusalInput {
  finding: RuleFinding
  /** Null for a rule of the developer's own. */
  policyVersion: number | null
  origin: RuleOrigin
  /** Whether a raise is granted, for the sentence on how to go on: always for one's own rule. */
  mayRaise: boolean
  timeZone: string
  nowMs: number
  /** A stream that has begun is ended, rather than a call not sent. */
  midStream?: boolean
}

/** The one sentence that every face shows: what was reached, spent, held, the limit, when it resets, which rule, and how to raise it. */
export function makeRefusal(input: RefusalInput): Refusal {
  const { finding, policyVersion } = input
  const { budget, rule } = finding
  const sentence = budget && isCap(finding) ? capSentence(budget, input) : reasonSentence(finding)
  return {
    code: finding.code,
    message: `Allowance: ${sentence} ${describeOrigin(input)}`,
    rule: rule.id,
    policyVersion,
    ...amountsOf(budget),
    resetsAt: budget && !budget.window.rolling ? new Date(budget.window.endMs).toISOString() : null,
    retryAfterSeconds:
      finding.code === 'rate-limited'
        ? Math.min(60, Math.max(1, Math.ceil((finding.retryAfterMs ?? 60_000) / 1000)))
        : null,
    contextTokens: finding.contextTokens ?? null,
    contextLimit: finding.contextLimit ?? null,
  }
}

function describeOrigin({ origin, policyVersion, finding: { rule } }: RefusalInput): string {
  const names: Record<RuleOrigin, string> = {
    cap: `Your own rule "${rule.id}".`,
    settings: `Rule "${rule.id}" of your own settings.`,
    policy: `Rule "${rule.id}" of policy version ${policyVersion}.`,
  }
  return names[origin]
}

/** Guards whose sentence is made from the budget alone. */
const CAPS = new Set(['spend-cap', 'token-cap'])

function isCap({ code, reason, rule }: RuleFinding): boolean {
  return CAPS.has(rule.guard) || (code === 'cap-reached' && reason === '')
}

const DECLINED = 'You were asked whether to go on; the answer was no, or there was none.'

/** What the guard found, that it was asked about and nobody said yes, and how to go on. */
function reasonSentence({ code, reason, advice }: RuleFinding): string {
  const found = reason.endsWith('.') ? reason : `${reason}.`
  const asked = code === 'declined' ? ` ${DECLINED}` : ''
  return `${found}${asked}${advice ? ` ${advice}` : ''}`
}

/** A refusal that no rule made: the gateway itself cannot serve the call. */
export function plainRefusal(code: Refusal['code'], sentence: string): Refusal {
  return {
    code,
    message: `Allowance: ${sentence}`,
    rule: null,
    policyVersion: null,
    spentUsd: null,
    heldUsd: null,
    limitUsd: null,
    resetsAt: null,
    retryAfterSeconds: null,
    contextTokens: null,
    contextLimit: null,
  }
}

function capSentence(budget: BudgetState, input: RefusalInput): string {
  const { timeZone, nowMs, midStream, finding } = input
  const { unit } = budget
  const what = unit === 'usd' ? 'spend cap' : unit === 'tokens' ? 'token cap' : 'call cap'
  const key = budget.key ? ` for ${budget.key}` : ''
  const reset = budget.window.rolling
    ? `Counted ${describeReset(budget, timeZone, nowMs)}`
    : `It resets at ${formatReset(budget.window.endMs, timeZone, nowMs)}`
  const sharing = describeSharing(budget)
  const end = midStream ? ', so this answer was ended here.' : ', which leaves no room for this call.'
  return (
    `${what} reached${key}: ${formatAmount(unit, budget.spent)} spent and ${formatAmount(unit, budget.held)} held ` +
    `of ${formatAmount(unit, budget.limit + budget.raised)}${finding.code === 'declined' ? `. ${DECLINED}` : end} ${reset}.${sharing && ` It is ${sharing}.`} To go on now${howToGoOn(budget, input)}.`
  )
}

function howToGoOn({ unit, rule }: BudgetState, { mayRaise, origin }: RefusalInput): string {
  if (mayRaise && unit === 'usd' && rule.guard === 'spend-cap')
    return `: ${commandLine()} raise 1.00 --reason "why"${origin === 'policy' ? '' : ` --rule ${shellWord(rule.id)}`}`
  if (origin === 'cap') return `: ${commandLine()} cap remove ${shellWord(rule.id)}`
  return origin === 'settings' ? ', change it in your settings' : ', ask the maintainer of the policy'
}

/** A name as one word of a command line. */
function shellWord(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`
}

function amountsOf(budget: BudgetState | null): Pick<Refusal, 'spentUsd' | 'heldUsd' | 'limitUsd'> {
  if (!budget || budget.unit !== 'usd') return { spentUsd: null, heldUsd: null, limitUsd: null }
  return {
    spentUsd: exactUsd(budget.spent),
    heldUsd: exactUsd(budget.held),
    limitUsd: exactUsd(budget.limit + budget.raised),
  }
}
