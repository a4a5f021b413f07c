import { once } from 'node:events'
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type RequestOptions,
} from 'node:http'

export interface RawAnswer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
  /** False when the connection broke before the end. */
  complete: boolean
}

/** A chat request over a bare socket, so that a test sees what a client sees: every byte, and how it ended. */
export function startCall(url: string, body: string | Buffer | object, options: RequestOptions = {}): ClientRequest {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const request = httpRequest(url, {
    method: 'POST',
    ...options,
    headers: { 'content-type': 'application/json', ...(options.headers as OutgoingHttpHeaders | undefined) },
  })
  request.on('error', () => {})
  request.end(bytes)
  return request
}

/** Rejects when the connection broke before the head of an answer came. */
export async function answerOf(request: ClientRequest): Promise<RawAnswer> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(response, 'close').catch(() => {})
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks),
    complete: response.complete,
  }
}

export function chat(options: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...options }
}
