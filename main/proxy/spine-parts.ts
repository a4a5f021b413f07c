import type { Usage } from '../../shared/calls/usage.ts'
import type { Refusal } from '../../shared/calls/verdict.ts'
import type { CallerFacts } from '../core/attribution/attributor.ts'
import type { Conversations } from '../core/conversations/conversations.ts'
import type { KeyedHash } from '../core/conversations/fingerprint.ts'
import type { Workload } from '../core/policy/decision/facts.ts'
import type { PriceBook } from '../core/pricing/rates/rate-card.ts'
import type { Books } from '../ledger/books/books.ts'
import type { BackgroundCalls } from './closing/background-calls.ts'
import type { Callers } from './preparation/callers.ts'
import type { CloseCall, CloseFacts } from './closing/close-call.ts'
import type { Estimator } from './preparation/estimator.ts'
import type { Forwarder } from './passage/forward.ts'
import type { Asking } from './admission/gain-admission.ts'
import type { PreparedCall } from './preparation/prepare-call.ts'
import type { ProviderTable } from './arrival/route.ts'

/** What the spine works with; made once by the gateway. */
export interface SpineParts {
  books: Books
  providers: ProviderTable
  estimator: Estimator
  conversations: Conversations
  background: BackgroundCalls
  callers: Callers
  forwarder: Forwarder
  asking: Asking
  closeCall: CloseCall
  developer: CallerFacts['developer']
  maxBodyBytes: number
  hash: KeyedHash
  prices(): PriceBook
  parseTags(text: string): Record<string, string>
  clock(): number
  newCallId(): string
  /** Why no call may be sent at all: the policy cannot be had and says `closed`. Null when calls may go. */
  gate(): Refusal | null
  /** Whether calls go on unmetered while the ledger cannot be written. */
  onLedgerUnavailable(): 'open' | 'closed'
  /** Shares of a budget at which the policy wants agents to be told; empty when it does not. */
  steeringAt(): readonly number[]
  /** What guards want to know of the work that a call belongs to. */
  workloadOf(gathered: Pick<PreparedCall, 'call' | 'identified' | 'quote'>): Workload
  /** A call closed: estimates, conversations and recent calls learn from it. */
  observeAdmitted(prepared: PreparedCall): void
  observeClosed(prepared: PreparedCall, usage: Usage | null, facts: CloseFacts): void
  log(level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
}
