import type { IncomingMessage } from 'node:http'
import type { CallFacts } from '../../shared/events.ts'
import { parseUrl } from '../../shared/parse-url.ts'
import { attribute } from '../core/attribution/attribute.ts'
import type { Identified } from '../core/conversations/conversations.ts'
import { fingerprintKey } from '../core/conversations/fingerprint.ts'
import { markOf } from '../core/conversations/step.ts'
import type { InputEstimate } from '../core/metering/estimate.ts'
import { storedTokensOf } from '../core/metering/stored-tokens.ts'
import type { Quote } from '../core/metering/quote.ts'
import type { PriceQuestion } from '../core/pricing/rate-card.ts'
import { billingOf } from '../core/providers/billing.ts'
import type { Workload } from '../core/policy/facts.ts'
import type { Dialect, ModelRequest, Provider, RequestHead } from '../core/providers/provider.ts'
import type { Exchange } from './exchange.ts'
import type { Ingress } from './ingress.ts'
import type { AskedCall } from './read-request.ts'
import type { Route } from './route.ts'
import type { SpineParts } from './spine-parts.ts'

/** A call with everything that was gathered about it before anybody decides. */
export interface PreparedCall {
  call: CallFacts
  request: ModelRequest
  provider: Provider
  dialect: Dialect
  head: RequestHead
  upstream: URL
  quote: Quote
  /** The quote as it would be made now: while a call waits, others teach what answers come to. */
  requote(): Quote
  identified: Identified
  /** Our own count, before any learned ratio: what the answer's report is compared with. */
  estimate: InputEstimate
  /** The model's visible output tokens ÷ our rough count of them, as learned. */
  outputRatio: number
  /** For pricing the answer: everything but the model and size that the answer itself tells. */
  priceQuestion: Omit<PriceQuestion, 'inputTokens'>
  /** What guards want to know of the work that it belongs to. */
  workload: Workload
  /** A notice can be put behind its last user turn. */
  takesNotice: boolean
}

/** Gathers: who is calling, which conversation, how large, what it may cost. Decides nothing, writes nothing. */
export async function prepareCall(
  parts: SpineParts,
  exchange: Pick<Exchange, 'callId' | 'startedAtMs' | 'ingress' | 'request'>,
  route: Extract<Route, { kind: 'call' }>,
  asked: AskedCall,
): Promise<PreparedCall> {
  const { request, body } = asked
  const { callId, startedAtMs, ingress } = exchange
  const { provider, dialect, head, upstream } = route
  const [estimate, caller] = await Promise.all([
    parts.estimator.input(request, provider.id),
    ingress.caller.then((found) => parts.callers.now(found)),
  ])
  const attribution = attribute({
    tags: route.tags,
    headers: head.headers,
    clientIds: request.clientIds,
    process: caller.process,
    repository: caller.repository,
    variables: caller.variables ?? {},
    developer: parts.developer,
    keyFingerprint: fingerprintKey(parts.hash, keyOf(provider, exchange.request)),
  })
  const identified = parts.conversations.identify({
    callId,
    atMs: startedAtMs,
    body,
    json: asked.json,
    request,
    headers: head.headers,
    attribution,
  })
  const priceQuestion = {
    provider: provider.id,
    model: request.model,
    atMs: startedAtMs,
    serviceTier: request.serviceTier,
    batch: request.serviceTier === 'batch',
  }
  const { conversation, kind } = identified
  const sealed = isSealed(dialect, head, asked)
  const turns =
    request.storedInput === null || conversation === null ? [] : parts.books.recent.inConversation(conversation)
  const from = turns.find((turn) => turn.callId === identified.parentCallId)
  const storedTokens = storedTokensOf(request, identified.fingerprints.messages, estimate.messageTokens, from)
  const requote = () =>
    parts.estimator.quote({ request, estimate, priceQuestion, conversation, storedTokens, kind, sealed })
  const quote = requote()
  const call: CallFacts = {
    callId,
    startedAtMs,
    provider: provider.id,
    api: dialect.api,
    requestModel: request.model,
    stream: request.stream,
    kind,
    billing: billingOf({ provider, host: hostOf(ingress, provider), head }),
    via: /^websocket$/i.test(exchange.request.headers.upgrade ?? '') ? 'websocket' : ingress.mode,
    attribution,
    conversation,
    attempt: identified.attempt,
    step: markOf(identified.fingerprints.step),
    contextTokens: quote.inputTokens,
    contextWindow: quote.contextWindow,
    priced: quote.priced,
    priceVersion: quote.priceVersion,
  }
  const { outputRatio } = parts.estimator.learned(provider.id, request.model, kind)
  const isTurn = kind === 'prompt' || kind === 'tool-loop'
  const canEdit = !sealed && !asked.encoded && asked.json !== null
  const takesNotice = isTurn && canEdit && (dialect.addNotice?.(asked.json, '') ?? null) !== null
  const workload = parts.workloadOf({ call, identified, quote })
  return {
    call,
    request,
    provider,
    dialect,
    head,
    upstream,
    quote,
    requote,
    identified,
    estimate,
    outputRatio,
    priceQuestion,
    workload,
    takesNotice,
  }
}

function keyOf(provider: Provider, request: IncomingMessage): string | null {
  for (const name of provider.keyHeaders) {
    const value = request.headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

/**
 * No limit can be written into this body: an AWS signature covers every byte, the bytes are compressed or no JSON, or
 * the API has no such field. Then the whole of what it may make has to fit.
 */
function isSealed({ clamp }: Dialect, { headers }: RequestHead, { json, encoded }: AskedCall): boolean {
  return clamp === undefined || encoded || json === null || (headers.authorization ?? '').startsWith('AWS4-')
}

/** Whom the client believes to talk to; by base URL that is the provider, whatever stands in for it here. */
function hostOf({ origin }: Ingress, provider: Provider): string {
  return parseUrl(origin ?? provider.origin)?.hostname ?? ''
}
