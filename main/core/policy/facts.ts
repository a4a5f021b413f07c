import type { CallFacts } from '../../../shared/events.ts'
import type { UsdNanos } from '../../../shared/money.ts'
import type { RuleBase } from '../../../shared/policy.ts'
import type { TimeWindow } from '../../../shared/time-window.ts'
import type { Quote } from '../metering/quote.ts'

/** One budget as it stands for one call: a rule's limit × its key × its window. Amounts are nano-dollars, tokens or calls. */
export interface BudgetState {
  rule: RuleBase
  unit: 'usd' | 'tokens' | 'calls'
  key: string | null
  window: TimeWindow
  limit: number
  raised: number
  /** Σ of closed calls, the truth. */
  spent: number
  /** Σ of open holds. */
  held: number
}

/** What guards look at. Gathered before; a guard asks for nothing and changes nothing. */
export interface GuardFacts {
  call: CallFacts
  quote: Quote
  nowMs: number
  timeZone: string
  /** The budgets of the rule that is being checked, for this call (one, or none when the rule has no budget). */
  budget: BudgetState | null
  /** The developer's recent calls in memory, newest last (core/ledger/recent-calls); a guard that needs none ignores it. */
  recent: RecentCalls
}

/** One call that was made a short while ago, with the keyed fingerprints that patterns are found in. */
export interface RecentCall {
  callId: string
  atMs: number
  conversation: string | null
  session: string | null
  agent: string | null
  pid: number | null
  model: string | null
  /** Of the whole body, of each message in order, of each tool call (name and arguments). */
  bodyFingerprint: string
  messageFingerprints: string[]
  toolCallFingerprints: string[]
  contextTokens: number
  cacheReadTokens: number | null
  costNanos: UsdNanos
  httpStatus: number | null
  open: boolean
}

export interface RecentCalls {
  /** Newest last, within `sinceMs`. */
  since(sinceMs: number): readonly RecentCall[]
  inConversation(conversation: string): readonly RecentCall[]
}
