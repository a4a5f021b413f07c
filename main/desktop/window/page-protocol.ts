import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { protocol } from 'electron'
import { forwardToControl } from './forward-to-control.ts'
import type { GatewayAddress } from '../gateway/gateway-state.ts'
import { PAGE_ORIGIN, PAGE_SCHEME } from './page-address.ts'

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Nothing but our own files and the control API; no inline script, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Has to be called before the app is ready. */
export function declarePageScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true }
  protocol.registerSchemesAsPrivileged([{ scheme: PAGE_SCHEME, privileges }])
}

/**
 * Serves the dashboard from `folder`, and its `/trpc` from the gateway's control API. The window sees one origin: the
 * gateway needs no exception for it, and the token stays in this process.
 */
export function servePage(folder: string, currentGateway: () => GatewayAddress | null): void {
  protocol.handle(PAGE_SCHEME, async (request) => {
    const url = new URL(request.url)
    // Not `url.origin`: for a scheme that it does not know, Node answers 'null'.
    if (`${url.protocol}//${url.host}` !== PAGE_ORIGIN) return plain(404)
    if (!url.pathname.startsWith('/trpc/')) return serveFile(folder, url.pathname)
    const gateway = currentGateway()
    // A network error and not a status: for the page it is the same as a gateway that does not answer.
    return gateway === null ? Response.error() : forwardToControl(gateway, request).catch(() => Response.error())
  })
}

async function serveFile(folder: string, pathname: string): Promise<Response> {
  const file = path.join(folder, path.posix.normalize(decodeURIComponent(pathname)))
  const contentType = CONTENT_TYPES[path.extname(file)]
  if (!file.startsWith(folder + path.sep) || contentType === undefined) return plain(404)
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) return plain(404)
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': contentType,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
  })
}

function plain(status: number): Response {
  return new Response(null, { status })
}
