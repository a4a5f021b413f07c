import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import type { Ingress } from '../../../main/proxy/arrival/ingress.ts'
import { openAuthority } from '../../../main/proxy/intercept/authority/certificate-authority.ts'
import {
  createConnectHandler,
  type BlindTunnel,
  type ConnectOptions,
} from '../../../main/proxy/intercept/tunnel/connect.ts'
import { dial } from '../../../main/proxy/intercept/upstream/dial.ts'
import { createForbiddenPeers } from '../../../main/proxy/intercept/upstream/forbidden-peers.ts'
import { createInnerServer } from '../../../main/proxy/intercept/tunnel/inner-server.ts'

const MODEL_HOSTS = ['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com']

export interface Seen {
  ingress: Ingress
  url: string
  method: string
  headers: IncomingMessage['headers']
  body: string
  httpVersion: string
}

/** A proxy port with the real handler behind it; what is decrypted is answered with what came in, as JSON. */
export async function startProxy(overrides: Partial<ConnectOptions> = {}) {
  const home = mkdtempSync(path.join(tmpdir(), 'allowance-connect-'))
  const authority = await openAuthority({ home, hosts: MODEL_HOSTS, clock: Date.now })
  const seen: Seen[] = []
  const tunnels: BlindTunnel[] = []
  const refusals: { host: string }[] = []
  const upgrades: { url: string; ingress: Ingress }[] = []

  const onRequest = (request: IncomingMessage, response: ServerResponse, ingress: Ingress) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url = '', method = '', headers, httpVersion } = request
      const record = { ingress, url, method, headers, httpVersion, body: Buffer.concat(chunks).toString('utf8') }
      seen.push(record)
      response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive' })
      response.end(
        JSON.stringify({
          mode: ingress.mode,
          origin: ingress.origin,
          tags: ingress.tags,
          url,
          length: record.body.length,
        }),
      )
    })
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, _head: Buffer, ingress: Ingress) => {
    upgrades.push({ url: request.url ?? '', ingress })
    socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n')
  }
  const inner = createInnerServer({ onRequest, onUpgrade })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const handler = createConnectHandler({
    authority,
    classify: (host) => (MODEL_HOSTS.includes(host) ? 'decrypt' : 'blind'),
    serve: inner.serve,
    parseTags: (userName) =>
      Object.fromEntries(
        userName
          .split(',')
          .filter(Boolean)
          .map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]),
      ),
    callerOf: async () => ({ process: null, repository: null }),
    authorize: () => true,
    isStranger: () => false,
    upstreamProxy: () => null,
    isSelf: (target) => target.port === port && target.host === '127.0.0.1',
    failureMode: () => 'open',
    dial: (target, how) => dial(target, { ...how, peers: createForbiddenPeers() }),
    clock: Date.now,
    onBlindTunnel: (tunnel) => tunnels.push(tunnel),
    onLeafRefused: (refusal) => refusals.push(refusal),
    ...overrides,
  })
  server.on('connect', handler)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    authority,
    seen,
    tunnels,
    refusals,
    upgrades,
    close: () => {
      inner.destroyAll()
      server.closeAllConnections()
      server.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Sends a CONNECT and gives the socket back once the proxy has answered, with that answer's head. */
export function openTunnel(
  port: number,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ socket: Socket; head: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const lines = [
      `CONNECT ${target} HTTP/1.1`,
      `host: ${target}`,
      ...Object.entries(headers).map((pair) => pair.join(': ')),
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    socket.once('error', reject)
    socket.once('readable', () => {
      const chunk = (socket.read() as Buffer | null) ?? Buffer.alloc(0)
      const text = chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n') + 4
      socket.off('error', reject)
      if (chunk.length > end && text.startsWith('HTTP/1.1 200')) socket.unshift(chunk.subarray(end))
      resolve({ socket, head: text })
    })
  })
}

/** Runs a program with an environment of its own: nothing of this machine's trust or proxy settings. */
export function runProgram(program: string, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }, maxBuffer: 32_000_000 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
