import type { ConversationStatus, Status } from '../../../shared/contract/contract.ts'
import type { HookStatus } from '../../../shared/contract/hook-status.ts'
import type { OwnRules } from '../../../shared/rules/own-rules.ts'
import type { Settings } from '../../../shared/rules/settings.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import type { Books } from '../../ledger/books/books.ts'
import type { SettingsKeeper } from '../../platform/home/settings-keeper.ts'
import type { Clock } from '../../platform/system/clock.ts'
import type { Logger } from '../../platform/system/logger.ts'
import type { PriceSource } from '../../platform/network/price-source.ts'
import type { PolicySource } from '../../policy-source/policy-source.ts'

/** What the control API sees of the gateway. Everything it shows comes from here and from the ledger. */
export interface GatewayView {
  readonly books: Books
  readonly policySource: PolicySource
  readonly settings: Settings
  readonly home: string
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
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
  /** The developer's own caps and guards; null where this gateway keeps none. */
  readonly ownRules: OwnRulesKeeper | null
  /** Shows and changes `settings.json`; null where this gateway has none. */
  readonly settingsKeeper: SettingsKeeper | null
  /** Stops and restarts traffic; null where this gateway cannot. */
  readonly traffic: Traffic | null
  /** Cumulative sums of the ledger, as Prometheus reads them. */
  metricsText(): Promise<string>
  /** Hooks that do not get through. */
  hookStatus(): HookStatus[]
  /** Calls that are held with a question; null where nothing asks. */
  readonly questions: Questions | null
}

export interface OwnRulesKeeper {
  readonly current: OwnRules
  /** In force with the next call. Throws what the file system throws. */
  keep(next: OwnRules): void
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
