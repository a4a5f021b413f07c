import type { Attribution } from '../../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { UsdNanos } from '../../../../shared/values/money.ts'
import { contextTokens, totalTokens, type Usage } from '../../../../shared/calls/usage.ts'
import type { LastTurn } from '../../metering/quote/predict-cache.ts'
import { RecentMap } from '../../conversations/recent-map.ts'
import { nanosOf } from '../reports/rollup.ts'

/** A conversation as its calls tell it: what it carries, what it has cost, what its last turn left in the cache. */
export interface LiveConversation {
  id: string
  attribution: Attribution
  provider: string
  model: string | null
  turns: number
  /** Of all its calls, input and output together. */
  tokens: number
  contextTokens: number
  contextWindow: number | null
  costNanos: UsdNanos
  lastCallAtMs: number
  lastTurn: LastTurn | null
  lastOutputTokens: number
}

/** Conversations remembered: the ones with news come first, the quietest is forgotten. */
const MAX_CONVERSATIONS = 2_000

/** A projection of the ledger: the recent conversations, by their closed calls. Bounded, rebuilt from records at start. */
export class LiveConversations {
  readonly #byId = new RecentMap<string, LiveConversation>(MAX_CONVERSATIONS)

  get(id: string | null): LiveConversation | null {
    return id === null ? null : (this.#byId.get(id) ?? null)
  }

  /** Those with a call since a moment, the latest first. */
  since(sinceMs: number): LiveConversation[] {
    return [...this.#byId.values()]
      .filter((one) => one.lastCallAtMs >= sinceMs)
      .sort((a, b) => b.lastCallAtMs - a.lastCallAtMs)
  }

  /** Takes a call that is over. Calls that were never sent, and calls beside the conversation, are no turns. */
  observe(record: CallRecord): void {
    if (record.conversation === null || record.usage === null || record.endedAt === null) return
    const known = this.#byId.get(record.conversation)
    const isTurn = record.kind !== 'auxiliary' && record.kind !== 'retrieval'
    const endedAtMs = Date.parse(record.endedAt)
    this.#byId.set(record.conversation, {
      id: record.conversation,
      attribution: record.attribution,
      provider: record.provider,
      model: isTurn || !known ? (record.responseModel ?? record.requestModel) : known.model,
      turns: (known?.turns ?? 0) + (isTurn ? 1 : 0),
      tokens: (known?.tokens ?? 0) + totalTokens(record.usage),
      contextTokens: isTurn || !known ? contextTokens(record.usage) : known.contextTokens,
      contextWindow: record.contextWindow ?? known?.contextWindow ?? null,
      costNanos: (known?.costNanos ?? 0) + nanosOf(record.costUsd),
      lastCallAtMs: endedAtMs,
      lastTurn: isTurn || !known ? lastTurnOf(record, record.usage, endedAtMs) : known.lastTurn,
      lastOutputTokens: isTurn || !known ? record.usage.output : known.lastOutputTokens,
    })
  }
}

function lastTurnOf(record: CallRecord, usage: Usage, endedAtMs: number): LastTurn {
  return {
    provider: record.provider,
    model: record.requestModel,
    endedAtMs,
    inputTokens: contextTokens(usage),
    cacheReadTokens: usage.cacheRead,
    cacheWriteTokens: usage.cacheWrite5m + usage.cacheWrite1h,
    hasHourWrites: usage.cacheWrite1h > 0,
  }
}
