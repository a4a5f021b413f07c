import type { Attribution } from './attribution.ts'
import type { Billing, CacheMiss, CallKind, Ending, Priced, Via } from './call.ts'
import type { UsdNanos } from '../values/money.ts'
import type { Usage } from './usage.ts'
import type { Refusal, Verdict } from './verdict.ts'

/** What is known of a call before it is sent. No prompt text, no key: counts, names and keyed fingerprints. */
export interface CallFacts {
  callId: string
  startedAtMs: number
  provider: string
  api: string
  requestModel: string | null
  stream: boolean
  kind: CallKind
  billing: Billing
  /** The way it came in; absent in what older versions wrote. */
  via?: Via | null
  attribution: Attribution
  conversation: string | null
  attempt: number
  /** The tools that the model had called last, and a keyed mark that is equal for equal steps. */
  step?: { tools: string[]; mark: string } | null
  /** Input tokens as estimated before the call. */
  contextTokens: number
  contextWindow: number | null
  priced: Priced
  priceVersion: string
}

/** The quote as it stood at admission, so that recovery can close a call without the request. */
export interface QuotedCost {
  inputTokens: number
  inputNanos: UsdNanos
  expectedOutputTokens: number
  worstOutputTokens: number
  outputNanosPerMillion: UsdNanos
}

/** How a call ended and what it cost. */
export interface Closing {
  usage: Usage
  costNanos: UsdNanos
  priced: Priced
  priceVersion: string
  responseModel: string | null
  responseId: string | null
  /** What the price depends on besides the usage; absent in what older versions wrote. */
  serviceTier?: string | null
  toolUses?: Readonly<Record<string, number>>
  cacheMiss?: CacheMiss | null
  httpStatus: number | null
  ending: Ending
  /** What a stream was told that we ended; absent for every other call. */
  refusal?: Refusal
  firstByteMs: number | null
}

/** What is corrected of a closed call. */
export type Correction = Pick<Closing, 'usage' | 'costNanos' | 'priced' | 'priceVersion' | 'responseModel'>

export type CallEvent =
  | { type: 'call.waiting'; callId: string; call: CallFacts; blockedBy: string[] }
  | { type: 'call.asked'; callId: string; call: CallFacts; rule: string; question: string; expiresAtMs: number }
  | { type: 'call.answered'; callId: string; answer: 'once' | '30m' | 'stop' | 'none' }
  | {
      type: 'call.admitted'
      callId: string
      call: CallFacts
      quote: QuotedCost
      holdNanos: UsdNanos
      holdTokens: number
      clampedTo: number | null
      verdicts: Verdict[]
    }
  /** The hold grew; `holdNanos` and `holdTokens` are its new totals, `outputTokensSeen` the evidence if we crash now. */
  | { type: 'call.topped-up'; callId: string; holdNanos: UsdNanos; holdTokens: number; outputTokensSeen: number }
  | { type: 'call.refused'; callId: string; call: CallFacts; refusal: Refusal; verdicts: Verdict[] }
  | { type: 'call.settled'; callId: string; closing: Closing }
  | { type: 'call.released'; callId: string; reason: string; httpStatus: number | null; ending: Ending }
  /** Left open by a crash, closed at best evidence by the next start. */
  | { type: 'call.expired'; callId: string; closing: Closing }
  /** A closed call costs something else: its price was corrected, or the provider reported later. The old fact stays. */
  | { type: 'call.repriced'; callId: string; reason: 'price-corrected' | 'usage-reported'; correction: Correction }

export type GatewayEvent =
  | { type: 'gateway.started'; pid: number; version: string }
  | { type: 'gateway.stopped'; reason: string }
  | { type: 'gap.recorded'; fromMs: number; untilMs: number; reason: string }
  | { type: 'policy.changed'; source: string; version: number; rules: number }
  /** The developer set, removed or restored a cap or guard of their own. */
  | {
      type: 'rules.changed'
      version: number
      change: 'set' | 'removed' | 'undone'
      rule: string | null
      sentence: string
    }
  /** Hosts that a remote policy names and nobody has agreed to: their traffic passes unread. */
  | { type: 'hosts.pending'; hosts: string[] }
  | { type: 'hosts.trusted'; hosts: string[] }
  | { type: 'policy.rejected'; source: string; code: string; message: string }
  /** A budget passed one of its warn thresholds: once per threshold, key and window. */
  | {
      type: 'budget.warned'
      rule: string
      key: string | null
      windowStartMs: number
      threshold: number
      sentence: string
    }
  /** `own`: a rule of the developer's own. A rule of the policy with the same id is another rule, and is not raised. */
  | { type: 'budget.raised'; rule: string; amountNanos: UsdNanos; reason: string; untilMs: number; own?: boolean }
  /** `conversation`: that one alone, not the rest of its session. */
  | { type: 'traffic.paused'; session: string | null; conversation?: string; killed: boolean }
  | { type: 'traffic.resumed'; session: string | null }
  /** A provider said how far a window of a signed-in plan is used; written when that is another percent. */
  | {
      type: 'plan.observed'
      provider: string
      account: string | null
      minutes: number
      used: number
      resetsAtMs: number
    }
  /** At its pace a plan's window is used up before it resets: once a window. */
  | { type: 'plan.warned'; provider: string; minutes: number; used: number; resetsAtMs: number; usedUpAtMs: number }
  /**
   * A model host was used without approval: calls and bytes since the last such event of this host and program.
   * `why`: a rule is against it, its API is not spoken here, or it only looks like a model's.
   */
  | {
      type: 'provider.unapproved'
      host: string
      process: string | null
      calls?: number
      bytes?: number
      why?: 'not-approved' | 'not-spoken' | 'looks-like-model'
    }

export type LedgerEvent = CallEvent | GatewayEvent

/** An event in its place: `seq` is strictly increasing, never reused. */
export interface LedgerEntry {
  seq: number
  atMs: number
  event: LedgerEvent
}
