import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A place on loopback where policies are published, with ETags; what it answers can be changed as it runs. */
export async function startPolicyServer(): Promise<PolicyServer> {
  const state: Omit<PolicyServer, 'url' | 'stop'> = { text: '', status: 200, requests: [], answer: null }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (state.answer) return state.answer(request, response)
    const etag = `"${createHash('sha1').update(state.text).digest('hex')}"`
    const matches = request.headers['if-none-match'] === etag
    const status = state.status !== 200 ? state.status : matches ? 304 : 200
    state.requests.push({ url: request.url ?? '', status })
    response.writeHead(status, { etag })
    response.end(status === 200 ? state.text : '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/policy`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

export interface PolicyServer {
  url: string
  text: string
  status: number
  requests: { url: string; status: number }[]
  /** Answers instead, in whatever way; null: as it should. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null
  stop(): Promise<void>
}

/** A small policy: one daily cap. */
export function policyText(version: number, changes: Record<string, unknown> = {}): string {
  const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day', warnAt: [0.5, 0.8] }]
  return JSON.stringify({ schema: 1, version, timezone: 'Europe/Paris', rules, ...changes })
}
