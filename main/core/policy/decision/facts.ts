import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { TimeWindow } from '../../../../shared/values/time-window.ts'
import type { Quote } from '../../metering/quote/quote.ts'

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
  /** Rolling windows only: when the oldest part of what is spent falls out. Null when nothing is spent. */
  freesAtMs?: number | null
  /** Only of a budget that is counted over several machines: `spent` and `raised` then include theirs. */
  shared?: (SharedPart & { ownSpent: number }) | undefined
}

/** What the server of shared budgets last said of one. Sums are those of the other machines. */
export interface SharedPart {
  /** The most that may be spent and held here; null where this machine counts alone, because the server is away. */
  upTo: number | null
  /** No more than that can be had for now: a call that it leaves no room for is refused rather than kept waiting. */
  isFinal: boolean
  spentElsewhere: number
  /** With what they may spend yet. */
  leasedElsewhere: number
  raisedElsewhere: number
  machines: number
  /** Why the server does not answer; null while it does. */
  trouble: string | null
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
  workload: Workload
}

/** What is known of the work that a call belongs to, beside the call itself. Gathered outside (proxy/workload-of). */
export interface Workload {
  /** This call as it will stand among the recent ones; null where nobody made its fingerprints. */
  self: RecentCall | null
  /** It asks for a shorter history of its conversation, so that the next call is smaller. */
  isCompaction: boolean
  /** What its conversation has used so far; null for a new one. */
  conversation: { turns: number; tokens: number; costNanos: UsdNanos } | null
  /** Patterns before this moment were forgiven by a resume; 0 when there was none. */
  resumedAtMs: number
  /** What the developer usually spends in a busy hour; null before there is enough to tell. */
  usualNanosPerHour: UsdNanos | null
  /** The tightest of the day's spend caps; null without one. */
  dayCapNanos: UsdNanos | null
  /** Since when the terminal or process that owned the caller is gone; null while it is there, or nobody can tell. */
  orphanedSinceMs: number | null
}

export const NO_WORKLOAD: Workload = {
  self: null,
  isCompaction: false,
  conversation: null,
  resumedAtMs: 0,
  usualNanosPerHour: null,
  dayCapNanos: null,
  orphanedSinceMs: null,
}

/** One call that was made a short while ago, with the keyed fingerprints that patterns are found in. */
export interface RecentCall {
  callId: string
  atMs: number
  conversation: string | null
  session: string | null
  agent: string | null
  parentAgent: string | null
  pid: number | null
  model: string | null
  /**
   * Calls of one caller that began with the same words: one agent's turns, or one program's nearly equal prompts. Null
   * for calls without messages.
   */
  thread: string | null
  /** What happened since the model spoke last; null for calls without messages. */
  step: Step | null
  /** Of the whole body, of each message in order, of each tool call (name and arguments). */
  bodyFingerprint: string
  messageFingerprints: string[]
  toolCallFingerprints: string[]
  contextTokens: number
  cacheReadTokens: number | null
  /** What the provider's cache held of it when it ended: read and written. Absent until it is over. */
  cachedTokens?: number
  /** All of its input and output, which a later call may go on from by name. Absent until it is over. */
  keptTokens?: number
  /** It asked for a shorter history; absent for all others. */
  isCompaction?: boolean
  costNanos: UsdNanos
  httpStatus: number | null
  open: boolean
  endedAtMs: number | null
}

/** One step of a thread: what the model asked for and what came back, measured for what was new in it (conversations/novelty). */
export interface Step {
  /** Names of the tools that the model called last, in order; empty when it called none or nobody can see them. */
  tools: readonly string[]
  /** Equal for the same calls; where it called nothing, for the same words with other numbers. Empty when unseen. */
  ask: string
  /** Equal for the same answers, or prompts, with other numbers. */
  answer: string
  /** Characters that the thread had not had, in what was asked for and in what came back. */
  newlyAsked: number
  newlyAnswered: number
  /** A question without a history: what came back is no answer, but what a program asks anew. */
  isPrompt: boolean
  /** The dialect marks every answer as a failure. */
  failed: boolean
  /** Plain numbers of what came back, in order. */
  numbers: readonly number[]
}

export interface RecentCalls {
  /** Newest last, within `sinceMs`. */
  since(sinceMs: number): readonly RecentCall[]
  inConversation(conversation: string): readonly RecentCall[]
  /** Calls of one thread, oldest first. */
  inThread(thread: string): readonly RecentCall[]
  /** Calls with this very body, oldest first. */
  withBody(bodyFingerprint: string): readonly RecentCall[]
  /** Those that were sent and are not over. */
  running(): Iterable<RecentCall>
}
