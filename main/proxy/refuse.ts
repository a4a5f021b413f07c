import type { Refusal } from '../../shared/verdict.ts'
import type { Dialect, LocalReply, RequestHead } from '../core/providers/provider.ts'
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

/** Sends an answer of our own. A body that was not read to its end makes the connection unusable: it is closed then. */
export function reply({ request, response, callId }: Exchange, answer: LocalReply): void {
  if (response.headersSent || response.destroyed) return
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : Buffer.from(answer.body)
  const close = request.complete ? {} : { connection: 'close' }
  response.writeHead(answer.status, {
    ...answer.headers,
    ...close,
    'content-length': String(body.length),
    'x-allowance-call-id': callId,
  })
  response.end(body)
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
