import type { CallRecord } from '../../../shared/calls/call.ts'
import type {
  FeedItem,
  ModelSuggestion,
  Notice,
  PolicyStatus,
  SpendDimension,
  SpendReport,
  SpendSeries,
  Status,
  Why,
} from '../../../shared/contract/contract.ts'
import type { Setup } from '../../../shared/contract/setup.ts'
import type { ExploreApi } from './explore-api.ts'
import type { CapsApi } from '../own/caps-api.ts'
import type { SettingsApi } from '../own/settings-api.ts'

/** One event of a call's life, as the ledger keeps it; `body` is read leniently, because events gain fields. */
export interface LifeEvent {
  seq: number
  at: string
  type: string
  body: Record<string, unknown>
}

export interface CallLife {
  record: CallRecord
  events: LifeEvent[]
}

export interface PolicyRule {
  id: string
  guard: string
  sentence: string
  source: 'policy' | 'own'
  /** Set as a cap or guard in the window or by `allowance cap`, and changed there; the others stand in settings. */
  isCap: boolean
}

export interface PolicyView {
  status: PolicyStatus
  rules: PolicyRule[]
  /** Which cheaper models the policy suggests, a sentence each. */
  tiers: string[]
  /** What the policy lets a developer grant themselves on its caps; null where it grants nothing. */
  raise: { upToUsd: string; perDay: number; leftToday: number } | null
}

export type Answer = 'once' | '30m' | 'stop'

export interface FeedObserver {
  onOpen: () => void
  onItem: (item: FeedItem) => void
  /** The feed ended, for whatever reason; it does not come back by itself. */
  onLost: (error: ApiError) => void
}

/** The gateway as the screens see it. Every promise rejects with an `ApiError`. */
export interface Api {
  status: () => Promise<Status>
  /** Newest last. */
  calls: (query: { limit?: number; before?: number; since?: string }) => Promise<CallRecord[]>
  call: (id: string) => Promise<CallLife>
  /** `whatIf`: a model, on which the same tokens are priced as well. Rejects where nobody knows its price. */
  spend: (query: { by: SpendDimension; since?: string; until?: string; whatIf?: string }) => Promise<SpendReport>
  /** Kinds of work that would have cost less on another model, the largest saving first. */
  suggestions: (query: { since?: string; until?: string }) => Promise<ModelSuggestion[]>
  series: (query: { since?: string; until?: string }) => Promise<SpendSeries>
  /** A call, the quarter-hour around a moment, or the steepest rise of spend since one, traced to its workload. */
  why: (query: { callId?: string; at?: string; since?: string }) => Promise<Why>
  notices: () => Promise<Notice[]>
  explore: ExploreApi
  policy: () => Promise<PolicyView>
  caps: CapsApi
  settings: SettingsApi
  setup: () => Promise<Setup>
  /** Everything after `afterSeq`; returns the function that ends it. */
  feed: (afterSeq: number, observer: FeedObserver) => () => void
  answer: (callId: string, answer: Answer) => Promise<void>
  raise: (request: { amountUsd: string; reason: string; rule?: string }) => Promise<void>
  pause: (session?: string) => Promise<void>
  resume: (session?: string) => Promise<void>
  killSwitch: (on: boolean) => Promise<void>
  refreshPolicy: () => Promise<void>
  /** Agrees to have the traffic of hosts decrypted that a remote policy names. */
  trustHosts: (hosts: string[]) => Promise<void>
  /** Forgets where the gateway was: it may come back on another port with another token. */
  renew: () => void
}

/** `denied`: not signed in; `unreachable`: nobody answers; `refused`: the gateway said no, and `message` says why. */
export type ApiErrorCode = 'denied' | 'unreachable' | 'refused'

export class ApiError extends Error {
  readonly code: ApiErrorCode

  constructor(code: ApiErrorCode, message: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
  }
}
