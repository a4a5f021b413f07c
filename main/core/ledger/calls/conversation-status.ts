import type { ConversationStatus } from '../../../../shared/contract/contract.ts'
import { exactUsd } from '../../../../shared/values/money.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { NO_USAGE } from '../../../../shared/calls/usage.ts'
import { priceUsage } from '../../pricing/rates/price-usage.ts'
import type { PriceBook } from '../../pricing/rates/rate-card.ts'
import { dimensionsOf, inScope } from '../../policy/document/scope.ts'
import type { LiveConversation } from './live-conversations.ts'

/** A conversation as screens see it, with what one more turn like the last would cost: from the cache, and without it. */
export function conversationStatus(
  conversation: LiveConversation,
  prices: PriceBook,
  rules: readonly RuleBase[],
  nowMs: number,
): ConversationStatus {
  return {
    id: conversation.id,
    attribution: conversation.attribution,
    model: conversation.model,
    turns: conversation.turns,
    contextTokens: conversation.contextTokens,
    contextWindow: conversation.contextWindow,
    contextLimit: contextLimit(conversation, rules),
    costUsd: exactUsd(conversation.costNanos),
    nextTurnUsd: conversation.turns === 0 ? null : nextTurn(conversation, prices, nowMs),
    lastCallAt: new Date(conversation.lastCallAtMs).toISOString(),
  }
}

/** The last answer becomes input that no cache has yet; what was sent before it is read from the cache, or sent again. */
function nextTurn(conversation: LiveConversation, prices: PriceBook, nowMs: number): ConversationStatus['nextTurnUsd'] {
  const { provider, model, contextTokens, lastOutputTokens } = conversation
  const inputTokens = contextTokens + lastOutputTokens
  const { rates } = prices.rateCard({ provider, model, atMs: nowMs, inputTokens, serviceTier: null, batch: false })
  const usage = { ...NO_USAGE, output: lastOutputTokens }
  const cached = { ...usage, cacheRead: contextTokens, uncachedInput: lastOutputTokens }
  return {
    cached: exactUsd(priceUsage(rates, cached)),
    uncached: exactUsd(priceUsage(rates, { ...usage, uncachedInput: inputTokens })),
  }
}

/** The smallest of the policy's limits on the context of a call that this conversation falls under. */
function contextLimit(conversation: LiveConversation, rules: readonly RuleBase[]): number | null {
  const dimensions = dimensionsOf({
    billing: 'metered',
    attribution: conversation.attribution,
    provider: conversation.provider,
    requestModel: conversation.model,
    kind: 'prompt',
    conversation: conversation.id,
  })
  const limits = rules
    .filter((rule) => rule.guard === 'context-cap' && inScope(rule.scope, dimensions))
    .flatMap((rule) => ('limitTokens' in rule && typeof rule.limitTokens === 'number' ? [rule.limitTokens] : []))
  return limits.length > 0 ? Math.min(...limits) : null
}
