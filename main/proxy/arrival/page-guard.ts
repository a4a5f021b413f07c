import type { IncomingMessage } from 'node:http'
import { parseUrl } from '../../../shared/values/parse-url.ts'

export interface PageGuardOptions {
  /** What means us, as an origin has it: `127.0.0.1:4141`, `localhost:4141`. */
  hosts: ReadonlySet<string>
  /** Any name will do: who comes in shows the proxy token, which no page knows, and containers have names of their own for us. */
  anyHost?: boolean
  /** Origins of browser pages that the settings allow. */
  allowedOrigins: readonly string[]
}

/**
 * Keeps pages of other sites away from the proxy port. A browser tells where a page is from (`Origin`,
 * `Sec-Fetch-Site`), and a name that was re-bound to 127.0.0.1 shows in `Host`. Returns what is wrong, null when nothing.
 * Requests out of a tunnel are not judged: their host is the provider's, and a page cannot open a tunnel.
 */
export function foreignPage(
  request: IncomingMessage,
  { hosts, anyHost = false, allowedOrigins }: PageGuardOptions,
): string | null {
  const { origin, host } = request.headers
  if (typeof origin === 'string' && origin !== '') {
    if (allowedOrigins.includes(origin)) return null
    if (!isOurs(origin, hosts))
      return `a page of ${origin} may not use this port; name it in "allowedOrigins" of the settings if it should`
  }
  if (request.headers['sec-fetch-site'] === 'cross-site') return 'a page of another site may not use this port'
  if (anyHost || host === undefined || hosts.has(host)) return null
  const named = allowedOrigins.flatMap((allowed) => parseUrl(allowed)?.host ?? [])
  if (!isOurName(host, [...hosts, ...named]))
    return `"${host}" is not a name of this gateway; use 127.0.0.1, or name it in "allowedOrigins" of the settings`
  return null
}

/** By the name alone: a name that was re-bound to us is foreign with any port, and a forwarded port has another number. */
function isOurName(host: string, names: readonly string[]): boolean {
  const name = withoutPort(host.toLowerCase())
  return names.some((known) => withoutPort(known) === name)
}

function withoutPort(host: string): string {
  return host.replace(/:\d*$/, '')
}

function isOurs(origin: string, hosts: ReadonlySet<string>): boolean {
  const url = parseUrl(origin)
  return url !== null && hosts.has(url.host)
}
