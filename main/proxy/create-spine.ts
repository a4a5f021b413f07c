import { BodyBudget } from './arrival/body/body-budget.ts'
import { createResumableJson } from './arrival/body/resumable-json.ts'
import { commandLine } from '../../shared/values/command-line.ts'
import type { Settings } from '../../shared/rules/settings.ts'
import { contextTokens, type Usage } from '../../shared/calls/usage.ts'
import { parseTags } from '../core/attribution/values/parse-tags.ts'
import type { CallerFacts } from '../core/attribution/attributors/attributor.ts'
import { createConversations } from '../core/conversations/conversations.ts'
import type { KeyedHash } from '../core/conversations/keyed-hash.ts'
import type { LiveConversations } from '../core/ledger/calls/live-conversations.ts'
import type { RecentCallLog } from '../core/ledger/calls/recent-calls.ts'
import type { Calibration } from '../core/metering/quote/calibration.ts'
import { StreamPaces } from '../core/metering/quote/stream-pace.ts'
import { plainRefusal } from '../core/policy/decision/make-refusal.ts'
import { priceUsage } from '../core/pricing/rates/price-usage.ts'
import type { PriceBook } from '../core/pricing/rates/rate-card.ts'
import type { Books } from '../ledger/books/books.ts'
import type { Logger } from '../platform/system/logger.ts'
import { newCallId } from '../platform/system/ids.ts'
import { createOwnerWatch } from '../platform/process/owner-watch.ts'
import type { TokenCounter } from '../platform/tokens/token-counter.ts'
import type { PolicySource } from '../policy-source/policy-source.ts'
import { BackgroundCalls } from './closing/background-calls.ts'
import type { Callers } from './preparation/callers.ts'
import { correctLate } from './closing/correct-late.ts'
import { createSettleCall } from './closing/settle-call.ts'
import { Estimator } from './preparation/estimator.ts'
import { Forwarder } from './passage/forward.ts'
import type { Asking } from './admission/hold-call.ts'
import type { EndedCall, PreparedCall } from './call/call-states.ts'
import type { SpineParts } from './handle-call.ts'
import type { SocketParts } from './websocket/web-sockets.ts'
import type { ProviderTable } from './arrival/route.ts'
import type { UpstreamAgents } from './passage/upstream-agents.ts'
import { UsualSpend } from './preparation/usual-spend.ts'
import { asRecent, workloadOf } from './preparation/workload-of.ts'

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

/** What the steps of a call need between them, and what the gateway itself asks of the spine. */
export type Spine = SpineParts &
  SocketParts & {
    /** At the end of the gateway: closes what is still made in the background. */
    settleBackground(): Promise<void>
  }

/** Puts together what one call needs on its way, and ties what is learned at its end to what is asked at the next one's start. */
export function createSpine(options: SpineOptions): Spine {
  const { books, recent, policySource, calibration, prices, logger } = options
  const paces = new StreamPaces()
  const sources = {
    books,
    conversations: options.conversations,
    owners: createOwnerWatch(options.clock),
    usual: new UsualSpend(books.ledger.store.database, options.clock),
  }
  const conversations = createConversations(options.hash, recent)
  const estimator = new Estimator({ ...options, paces })
  const settleCall = createSettleCall({
    books,
    prices,
    countOutput: (provider, model, reading) => estimator.output(provider, model, reading),
    keepInBackground: (responseId, ended) => background.hold(responseId, ended),
    observeSettled,
  })
  const background = new BackgroundCalls(settleCall, (reading) => correctLate(books, prices(), reading))
  return {
    books,
    recent: books.recent,
    providers: options.providers,
    callers: options.callers,
    estimator,
    conversations,
    observeStored: (reading) => background.observed(reading),
    settleBackground: () => background.settleAll(),
    forwarder: new Forwarder(options.agents, options.settings.limits.upstreamIdleSeconds * 1_000),
    asking: options.asking,
    settleCall,
    developer: options.developer,
    maxBodyBytes: options.settings.limits.maxBodyBytes,
    bodyBudget: new BodyBudget(options.settings.limits.bodyMemoryBytes),
    resumable: createResumableJson(),
    hash: options.hash,
    units: () => policySource.current().policy?.units ?? [],
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
    observeUnheld: ({ call }) => recent.update(call.callId, { open: false, endedAtMs: options.clock() }),
    steeringAt: () => policySource.current().policy?.steering?.at ?? [],
    workloadOf: (gathered) => workloadOf(sources, gathered),
    log: (level, message, fields) => logger[level](message, fields),
  }
  function observeSettled(prepared: PreparedCall, usage: Usage | null, facts: EndedCall): void {
    learn(prepared, usage, facts)
    const { call } = prepared
    if (call.billing === 'subscription' && facts.head)
      books.plans.observe(call.provider, call.attribution.keyFingerprint, facts.head.headers)
    // Where a dialect's reader keeps no messages, the text that passed by is what was said.
    const { said, outputText, responseId } = facts.reading
    if (usage)
      conversations.answered(
        prepared.call.callId,
        responseId,
        said.length > 0 ? said : [{ text: outputText, toolCalls: [] }],
      )
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
  }

  function learn(
    { call, provider, request, estimate, quote }: PreparedCall,
    usage: Usage | null,
    { reading, pace }: EndedCall,
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
      readableTokens: quote.readableTokens,
      cacheReadTokens: usage.cacheRead,
    })
    if (request.stream && pace.stepTokens > 0) paces.learn(request.model ?? provider.id, pace)
  }
}
