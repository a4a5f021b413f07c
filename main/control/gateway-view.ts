import type { ConversationStatus, Status } from '../../shared/contract.ts'
import type { Settings } from '../../shared/settings.ts'
import type { PriceBook } from '../core/pricing/rate-card.ts'
import type { Books } from '../ledger/books.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { PriceSource } from '../platform/price-source.ts'
import type { OwnRulesStore } from '../policy-source/own-rules-store.ts'
import type { PolicySource } from '../policy-source/policy-source.ts'

/** What the control API sees of the gateway. Everything it shows comes from here and from the ledger. */
export interface GatewayView {
  readonly books: Books
  readonly policySource: PolicySource
  /** The rules that the developer set in one act. */
  readonly ownRules: OwnRulesStore
  readonly settings: Settings
  readonly home: string
  readonly version: string
  readonly startedAtMs: number
  readonly developer: Status['developer']
  readonly clock: Clock
  readonly logger: Logger
  proxyUrl(): string
  controlUrl(): string
  /** Those with a call of late, the latest first. */
  conversations(): ConversationStatus[]
  /** Model hosts that were called although the policy does not approve them. */
  unapproved(): Status['unapproved']
  /** The prices in force. */
  prices(): PriceBook
  /** List prices and where newer ones come from; null where nothing is priced. */
  readonly priceSource: PriceSource | null
  /** Hosts of the policy that wait for consent; null where nothing is intercepted. */
  readonly policyHosts: PolicyHosts | null
  /** Stops and restarts traffic; null where this gateway cannot. */
  readonly traffic: Traffic | null
  /** Calls that are held with a question; null where nothing asks. */
  readonly questions: Questions | null
}

export interface PolicyHosts {
  pending(): readonly { host: string; provider: string }[]
  /** The developer agrees to some of them. @returns those that had waited */
  trust(hosts: readonly string[]): Promise<readonly { host: string; provider: string }[]>
}

/** Pausing refuses calls that come; the kill switch also ends those that run. */
export interface Traffic {
  state(): 'ok' | 'paused' | 'killed'
  /** A session, or everything. */
  pause(session: string | null): void
  resume(session: string | null): void
  killSwitch(on: boolean): void
}

export type Answer = 'once' | '30m' | 'stop'

export interface Questions {
  /** Somebody who can answer is there; the function that comes back says that they left. */
  attach(): () => void
  open(): Status['asks']
  /** False when that call no longer waits for an answer. */
  answer(callId: string, answer: Answer): boolean
}
