import type { IncomingMessage } from 'node:http'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import { describeError } from '../../platform/system/describe-error.ts'
import type { Dialect, LocalReply, RequestHead } from '../../core/providers/types/provider.ts'
import type { Exchange } from './exchange.ts'

/** Answers a refusal in the provider's own terms: one request for the client, one clear sentence for the developer. */
export function refuseCall(
  exchange: Exchange,
  dialect: Dialect,
  head: RequestHead,
  model: string | null,
  refusal: Refusal,
): void {
  reply(exchange, dialect.refuse({ refusal, callId: exchange.callId, model, headers: head.headers }))
}

/**
 * Answers a call that failed inside the gateway, in the provider's terms where they are known; the log has one line with
 * the same call id. What has begun already can only be broken off.
 */
export function failCall(
  log: (level: 'error', message: string, fields: Record<string, unknown>) => void,
  exchange: Exchange,
  call: { dialect: Dialect; head: RequestHead } | null,
  error: unknown,
): void {
  const { callId, response } = exchange
  log('error', 'a call failed inside the gateway', { callId, ...describeError(error) })
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const sentence = failureSentence(callId)
  if (call) refuseCall(exchange, call.dialect, call.head, null, plainRefusal('internal', sentence))
  else reply(exchange, plainReply(500, 'internal', `Allowance: ${sentence}`))
}

export function failureSentence(callId: string): string {
  return `the gateway failed on this call (${callId}); its log says where. Nothing is known to be wrong with the request.`
}

/** More than this of a request that was answered already is not read: a client that still sends loses the connection. */
const MAX_DISCARDED_BYTES = 1024 * 1024 * 1024

/** Sends our own answer, and takes in what of the request is still on its way. */
export function reply({ request, response, callId }: Exchange, answer: LocalReply): void {
  if (response.headersSent || response.destroyed) return
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : Buffer.from(answer.body)
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': String(body.length),
    'x-allowance-call-id': callId,
  })
  if (request.complete) response.end(body)
  else {
    response.write(body)
    discardRest(request, () => response.end())
  }
}

/**
 * Most clients read an answer when they have sent their request to its end. A connection that is closed before fails
 * under them, and what we had to say is lost with it.
 */
function discardRest(request: IncomingMessage, done: () => void): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_DISCARDED_BYTES) request.destroy()
  })
  request.on('error', () => {})
  request.once('close', done)
  request.once('end', done)
}

/** Our own answer where there is no provider to imitate: unknown routes, foreign pages. */
export function plainReply(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): LocalReply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify({ error: { code, message } })}\n`,
  }
}
