import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import {
  cutAtRandom,
  type Exchange,
  lowerCased,
  responseBytes,
  seededRandom,
} from '../../core/providers/corpus-replay.ts'

/** The request header by which the far end knows which recording to play. */
export const EXCHANGE_HEADER = 'x-recorded-exchange'
/** What belonged to the recorded connection, not to the message. */
const HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
  'trailer',
  'upgrade',
  'te',
  'proxy-connection',
])

/** Plays recorded answers back over a real socket, each cut at its own seeded places, with pauses that flush the pieces apart. */
export async function startCorpusServer(exchanges: ReadonlyMap<string, Exchange>, seed: number) {
  const server = createServer((request, response) => void play(exchanges, seed, request, response))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function play(
  exchanges: ReadonlyMap<string, Exchange>,
  seed: number,
  request: IncomingMessage,
  response: ServerResponse,
) {
  request.resume()
  const exchange = exchanges.get(String(request.headers[EXCHANGE_HEADER]))
  if (!exchange) {
    response.writeHead(599).end('no such recording')
    return
  }
  response.socket?.setNoDelay(true)
  response.writeHead(exchange.responseStatus, messageHeaders(exchange.responseHeaders))
  // Every recording has a generator of its own, so that the order of arrival changes no cut.
  const random = seededRandom(seed ^ hashOf(exchange.id))
  for (const piece of cutAtRandom(responseBytes(exchange), random)) {
    response.write(piece)
    if (random() < 0.15) await delay(random() * 2)
  }
  response.end()
}

/** Headers of a recorded message as they can be sent again. */
export function messageHeaders(recorded: Record<string, string> | null): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lowerCased(recorded))
      .filter(([name]) => !HOP_HEADERS.has(name) && !name.startsWith(':'))
      .map(([name, value]) => [name, value.replace(/[^\t\x20-\x7e]/g, '?')]),
  )
}

function hashOf(text: string): number {
  let hash = 0
  for (const character of text) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0
  return hash
}
