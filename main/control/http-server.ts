import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { z } from 'zod'
import { commandLine } from '../../shared/values/command-line.ts'
import { AllowanceError } from '../../shared/contract/errors.ts'
import { refuseStranger, type Refused, refuseWithoutToken } from './server/access.ts'
import type { GatewayView } from './views/gateway-view.ts'
import { findPageFolder, PAGE_HEADERS, readPageFile } from './server/page-files.ts'
import { appRouter } from './router.ts'
import { SessionCodes } from './server/session-codes.ts'

const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** The contract's inputs are small; what is larger is not one of them. */
const MAX_BODY_BYTES = 64 * 1024
/** The port that scripts expect; when another program has it, a free one is as good, because `runtime.json` says which. */
const DEFAULT_PORT = 4142
const HOST = '127.0.0.1'

export interface ControlServerOptions {
  view: GatewayView
  token: string
  /** 0 takes a free one. */
  port: number
  /** Where the page's files are; null serves none. */
  pageFolder?: string | null
}

export interface ControlServer {
  url: string
  /** A link for a browser tab: its code opens the page once, within five minutes. */
  pageUrl(): string
  stop(): Promise<void>
}

/** Serves the control API and the page on loopback. Throws `port-busy` when a port was asked for by number and is taken. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { view, token } = options
  const codes = new SessionCodes(view.clock)
  const pageUrl = () => `${url}/#code=${codes.create()}`
  const serveTrpc = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    createContext: () => ({ view, pageUrl }),
    maxBodySize: MAX_BODY_BYTES,
    allowBatching: false,
    onError: ({ error, path }) => {
      if (error.code === 'INTERNAL_SERVER_ERROR')
        view.logger.error('the control API failed', { path, reason: error.cause ?? error })
    },
  })
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      view.logger.error('the control port failed', { reason: error })
      if (!response.headersSent) sendJson(response, 500, errorBody('internal', 'the gateway could not answer'))
      else response.destroy()
    })
  })
  const port = await listen(server, options.port)
  const url = `http://${HOST}:${port}`
  const pageFolder = options.pageFolder === undefined ? findPageFolder() : options.pageFolder
  return { url, pageUrl, stop: () => stop(server) }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = '/'] = (request.url ?? '/').split(/[?#]/)
    const stranger = refuseStranger(request.headers, port)
    if (stranger) return refuse(response, stranger)
    if (pathname === '/health') return sendJson(response, 200, { ok: true })
    if (pathname === '/command') return sendJson(response, 200, { command: commandLine() })
    if (pathname === '/session') return await signIn(request, response, (code) => codes.redeem(code), token)
    if (pathname === '/metrics') {
      const refused = refuseWithoutToken(request.headers, token)
      if (refused) return refuse(response, refused)
      const text = await view.metricsText()
      response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' })
      return void response.end(text)
    }
    if (pathname.startsWith('/trpc/')) {
      const refused = refuseWithoutToken(request.headers, token)
      return refused ? refuse(response, refused) : serveTrpc(request, response)
    }
    sendPage(request, response, pageFolder, pathname)
  }
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (port === DEFAULT_PORT) return await listen(server, 0)
    throw new AllowanceError(
      'port-busy',
      `the control port ${port} is taken by another program`,
      'name another one, or 0 for any: --control-port 0',
      { cause: error },
    )
  }
}

/** Subscriptions never end by themselves, so their connections are closed. */
async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** A browser tab's one-time code for the token. */
async function signIn(
  request: IncomingMessage,
  response: ServerResponse,
  redeem: (code: string) => boolean,
  token: string,
): Promise<void> {
  if (request.method !== 'POST')
    return sendJson(response, 405, errorBody('usage', 'POST {"code": …}'), { allow: 'POST' })
  const body = z.object({ code: z.string().max(200) }).safeParse(await readJson(request))
  if (body.success && redeem(body.data.code)) return sendJson(response, 200, { token })
  sendJson(response, 401, errorBody('unauthorized', 'this link was used already or is too old'))
}

function sendPage(request: IncomingMessage, response: ServerResponse, folder: string | null, pathname: string): void {
  const file = folder === null || !/^(GET|HEAD)$/.test(request.method ?? '') ? null : readPageFile(folder, pathname)
  if (!file) {
    const message = folder === null && pathname === '/' ? 'the dashboard is not built: npm run build' : 'nothing here'
    return sendJson(response, 404, errorBody('not-found', message))
  }
  response.writeHead(200, {
    ...PAGE_HEADERS,
    'content-type': file.type,
    'cache-control': file.cacheControl,
    'content-length': file.body.length,
  })
  response.end(request.method === 'HEAD' ? undefined : file.body)
}

/** Null for what is too long or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) return null
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    return null
  }
}

/** In the shape that the typed client reads, so that it too shows the message. */
function refuse(response: ServerResponse, { status, message }: Refused): void {
  const data = {
    code: status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN',
    httpStatus: status,
    allowance: errorBody('unauthorized', message).error,
  }
  sendJson(response, status, { error: { message, code: status === 401 ? -32_001 : -32_003, data } })
}

function errorBody(code: string, message: string, fix: string | null = null) {
  return { error: { code, message: message, fix } }
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}
