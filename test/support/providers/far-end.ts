import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream that a test scripts request by request, for what a well-behaved fake never does. */
export interface FarEnd {
  url: string
  requests: { request: IncomingMessage; body: Buffer }[]
  stop(): Promise<void>
}

export async function startFarEnd(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<FarEnd> {
  const requests: FarEnd['requests'] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    requests.push({ request, body })
    answer(request, response, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One streamed chunk of Chat Completions. */
export function chatChunk(content: string): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`
}

/** A plain answer of Chat Completions, with its usage. */
export function chatAnswer(content: string, usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }) {
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }]
  return { id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-4o', choices, usage }
}
