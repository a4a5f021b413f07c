import type { IncomingMessage } from 'node:http'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { parseUrl } from '../../../shared/values/parse-url.ts'
import type { Unit } from '../../../shared/rules/policy.ts'
import { attribute } from '../../core/attribution/attribute.ts'
import { chargeToUnits } from '../../core/attribution/charge-to-units.ts'
import { fingerprintKey } from '../../core/conversations/fingerprint.ts'
import { stepMark } from '../../core/conversations/novelty.ts'
import { storedTokensOf } from '../../core/metering/tokens/stored-tokens.ts'
import { billingOf } from '../../core/providers/billing.ts'
import type { RecentCalls, Workload } from '../../core/policy/decision/facts.ts'
import type { Dialect, Provider, RequestHead } from '../../core/providers/types/provider.ts'
import type { CallerFacts } from '../../core/attribution/attributors/attributor.ts'
import type { Conversations } from '../../core/conversations/conversations.ts'
import type { KeyedHash } from '../../core/conversations/keyed-hash.ts'
import type { PreparedCall, ReceivedCall } from '../call/call-states.ts'
import type { Callers } from './callers.ts'
import type { Estimator } from './estimator.ts'
import type { Exchange } from '../arrival/exchange.ts'
import type { Ingress } from '../arrival/ingress.ts'
import type { CallRoute } from '../arrival/route.ts'

export interface PrepareParts {
  estimator: Estimator
  callers: Callers
  conversations: Conversations
  recent: RecentCalls
  developer: CallerFacts['developer']
  hash: KeyedHash
  /** How the policy charges spend to the company's units. */
  units(): readonly Unit[]
  /** What guards want to know of the work that a call belongs to. */
  workloadOf(gathered: Pick<PreparedCall, 'call' | 'identified' | 'quote'>): Workload
}

/** Gathers: who is calling, which conversation, how large, what it may cost. Decides nothing, writes nothing. */
export async function prepareCall(
  parts: PrepareParts,
  exchange: Pick<Exchange, 'callId' | 'startedAtMs' | 'ingress' | 'request'>,
  route: CallRoute,
  received: ReceivedCall,
): Promise<PreparedCall> {
  const { request, body } = received
  const { callId, startedAtMs, ingress } = exchange
  const { provider, dialect, head, upstream } = route
  const [estimate, caller] = await Promise.all([
    parts.estimator.input(request, provider.id),
    ingress.caller.then((found) => parts.callers.now(found)),
  ])
  const found = attribute({
    tags: route.tags,
    headers: head.headers,
    clientIds: request.clientIds,
    process: caller.process,
    repository: caller.repository,
    variables: caller.variables ?? {},
    developer: parts.developer,
    keyFingerprint: fingerprintKey(parts.hash, keyOf(provider, exchange.request)),
  })
  const attribution = chargeToUnits(found, parts.units(), { provider: provider.id, model: request.model })
  const identified = parts.conversations.identify({
    callId,
    atMs: startedAtMs,
    body,
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
  const sealed = isSealed(dialect, head, received)
  const turns = request.storedInput === null || conversation === null ? [] : parts.recent.inConversation(conversation)
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
    step: stepMark(identified.step),
    contextTokens: quote.inputTokens,
    contextWindow: quote.contextWindow,
    priced: quote.priced,
    priceVersion: quote.priceVersion,
  }
  const { outputRatio } = parts.estimator.learned(provider.id, request.model, kind)
  const isTurn = kind === 'prompt' || kind === 'tool-loop'
  const canEdit = !sealed && !received.encoded && received.json !== null
  const takesNotice = isTurn && canEdit && (dialect.addNotice?.(received.json, '') ?? null) !== null
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
function isSealed({ clamp }: Dialect, { headers }: RequestHead, { json, encoded }: ReceivedCall): boolean {
  return clamp === undefined || encoded || json === null || (headers.authorization ?? '').startsWith('AWS4-')
}

/** Whom the client believes to talk to; by base URL that is the provider, whatever stands in for it here. */
function hostOf({ origin }: Ingress, provider: Provider): string {
  return parseUrl(origin ?? provider.origin)?.hostname ?? ''
}
