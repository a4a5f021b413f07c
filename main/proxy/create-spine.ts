import { commandLine } from '../../shared/command-line.ts'
import type { Settings } from '../../shared/settings.ts'
import { contextTokens, type Usage } from '../../shared/usage.ts'
import { parseTags } from '../core/attribution/parse-tags.ts'
import type { CallerFacts } from '../core/attribution/attributor.ts'
import { createConversations } from '../core/conversations/conversations.ts'
import type { KeyedHash } from '../core/conversations/fingerprint.ts'
import type { LiveConversations } from '../core/ledger/live-conversations.ts'
import type { RecentCallLog } from '../core/ledger/recent-calls.ts'
import type { Calibration } from '../core/metering/calibration.ts'
import { StreamPaces } from '../core/metering/stream-pace.ts'
import { plainRefusal } from '../core/policy/make-refusal.ts'
import { priceUsage } from '../core/pricing/price-usage.ts'
import type { PriceBook } from '../core/pricing/rate-card.ts'
import type { Books } from '../ledger/books.ts'
import type { Logger } from '../platform/logger.ts'
import { newCallId } from '../platform/ids.ts'
import { createOwnerWatch } from '../platform/process/owner-watch.ts'
import type { TokenCounter } from '../platform/token-counter.ts'
import type { PolicySource } from '../policy-source/policy-source.ts'
import { BackgroundCalls } from './background-calls.ts'
import type { Callers } from './callers.ts'
import { correctLate } from './correct-late.ts'
import { createCloseCall, type CloseFacts } from './close-call.ts'
import { Estimator } from './estimator.ts'
import { Forwarder } from './forward.ts'
import type { Asking } from './gain-admission.ts'
import type { PreparedCall } from './prepare-call.ts'
import type { ProviderTable } from './route.ts'
import type { SpineParts } from './spine-parts.ts'
import type { UpstreamAgents } from './upstream-agents.ts'
import { UsualSpend } from './usual-spend.ts'
import { asRecent, workloadOf } from './workload-of.ts'

export interface SpineOptions {
  settings: Settings
  books: Books
  recent: RecentCallLog
  conversations: LiveConversations
  calibration: Calibration
  policySource: PolicySource
  providers: ProviderTable
  callers: Callers
  counter: TokenCounter
  agents: UpstreamAgents
  developer: CallerFacts['developer']
  hash: KeyedHash
  asking: Asking
  /** Told of every call that was admitted. */
  onAdmitted(prepared: PreparedCall): void
  prices(): PriceBook
  clock(): number
  logger: Logger
}

/** Puts together what one call needs on its way, and ties what is learned at its end to what is asked at the next one's start. */
export function createSpine(options: SpineOptions): SpineParts {
  const { books, recent, policySource, calibration, prices, logger } = options
  const paces = new StreamPaces()
  const sources = {
    books,
    conversations: options.conversations,
    owners: createOwnerWatch(options.clock),
    usual: new UsualSpend(books.ledger.store.database, options.clock),
  }
  const conversations = createConversations(options.hash, recent)
  const parts: SpineParts = {
    books,
    providers: options.providers,
    callers: options.callers,
    estimator: new Estimator({ ...options, paces }),
    conversations,
    background: new BackgroundCalls(
      (facts) => parts.closeCall(facts),
      (reading) => correctLate(books, prices(), reading),
    ),
    forwarder: new Forwarder(options.agents),
    asking: options.asking,
    closeCall: (facts) => closeCall(facts),
    developer: options.developer,
    maxBodyBytes: options.settings.limits.maxBodyBytes,
    hash: options.hash,
    prices,
    parseTags: (text) => parseTags(text).tags,
    clock: options.clock,
    newCallId: () => newCallId(options.clock()),
    gate() {
      const { gate, status } = policySource.current()
      if (gate === 'ok') return null
      const why = status.state === 'expired' ? 'has expired' : 'could not be fetched'
      return plainRefusal(
        'policy-unavailable',
        `the policy ${why} and says that no call may be made without it. See: ${commandLine()} policy show.`,
      )
    },
    onLedgerUnavailable: () => policySource.current().policy?.onUnavailable.ledger ?? 'closed',
    observeAdmitted(prepared) {
      recent.add(asRecent(prepared))
      options.onAdmitted(prepared)
    },
    steeringAt: () => policySource.current().policy?.steering?.at ?? [],
    workloadOf: (gathered) => workloadOf(sources, gathered),
    observeClosed(prepared, usage, facts) {
      learn(prepared, usage, facts)
      if (facts.reading.responseId !== null)
        conversations.answered(prepared.call.callId, facts.reading.responseId, facts.reading.said)
      const question = { ...prepared.priceQuestion, inputTokens: usage ? contextTokens(usage) : 0 }
      recent.update(prepared.call.callId, {
        open: false,
        endedAtMs: options.clock(),
        httpStatus: facts.head?.status ?? null,
        cacheReadTokens: usage?.cacheRead ?? null,
        ...(usage ? { cachedTokens: usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h } : {}),
        contextTokens: usage ? contextTokens(usage) : prepared.quote.inputTokens,
        // A warm-up reports nothing, and keeps all the same what it was sent.
        keptTokens: ((usage && contextTokens(usage)) || prepared.quote.inputTokens) + (usage?.output ?? 0),
        costNanos: usage ? priceUsage(prices().rateCard(question).rates, usage) : 0,
      })
    },
    log: (level, message, fields) => logger[level](message, fields),
  }
  const closeCall = createCloseCall(parts)
  return parts

  function learn(
    { call, provider, request, estimate }: PreparedCall,
    usage: Usage | null,
    { reading, pace }: CloseFacts,
  ): void {
    // A batch sums up many calls: it says nothing of one.
    if (usage?.source !== 'reported' || request.serviceTier === 'batch') return
    calibration.learn({
      provider: provider.id,
      model: request.model ?? '',
      kind: call.kind,
      // What a provider keeps, or fetches with tools of its own, is input that nobody counted before.
      estimatedInputTokens:
        request.storedInput === null && Object.keys(reading.toolUses).length === 0 ? estimate.tokens : 0,
      reportedInputTokens: contextTokens(usage),
      outputTokens: usage.output,
      reasoningTokens: usage.reasoning,
      roughOutputTokens: reading.roughOutputTokens,
    })
    if (request.stream && pace.stepTokens > 0) paces.learn(request.model ?? provider.id, pace)
  }
}
