import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Who may use the control port.
 *
 * What is worth protecting: the ledger (who spent what on which project), the caps (raise, resume) and, later, the
 * traffic (pause, kill). What is not here at all: prompts and provider keys.
 *
 * 1. Another user of this machine, or a program in a container that shares its loopback, can connect to the port.
 *    → Everything but /health and the page's own files needs the token, which lies in a 0600 file of the home.
 * 2. A page of another site in the developer's browser can send requests to 127.0.0.1, and read the answers if its own
 *    name is made to resolve to 127.0.0.1 (DNS rebinding). → `Host` has to be a loopback name with our port, `Origin`
 *    absent or ours; no CORS header is ever sent; the token is in a header, which such a page cannot set unasked; no
 *    cookie exists that a browser would add by itself.
 * 3. A URL is remembered (history, logs, screenshots, `ps`). → The token is never in a URL. A tab is opened with a code
 *    in the fragment, which browsers send to nobody; it works once and for five minutes.
 * 4. Guessing. → 256 random bits, compared in constant time.
 * 5. Script in the page (a model's or branch's name is shown there). → Strict CSP, no inline script, no frames.
 *
 * Not protected against: another program of the same user. It can read the file, as it can read everything else.
 */
export type Refused = { status: 401 | 403; message: string }

/** Whether a request may speak to this port at all; null when it may. */
export function refuseStranger(headers: IncomingHttpHeaders, port: number): Refused | null {
  if (!isOurHost(headers.host, port)) return { status: 403, message: 'this host name is not served here' }
  const { origin } = headers
  if (origin !== undefined && !isOurOrigin(origin, port))
    return { status: 403, message: 'pages of other sites have no access' }
  // Following a link to the dashboard is harmless; anything else that another site sets off is not ours to serve.
  const site = headers['sec-fetch-site']
  const isForeign = site === 'cross-site' || site === 'same-site'
  if (isForeign && headers['sec-fetch-mode'] !== 'navigate')
    return { status: 403, message: 'pages of other sites have no access' }
  return null
}

/** Whether it carries the token; null when it does. */
export function refuseWithoutToken(headers: IncomingHttpHeaders, token: string): Refused | null {
  const [, given = ''] = /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '') ?? []
  return isSameSecret(given, token) ? null : { status: 401, message: 'the token is missing or wrong' }
}

/** In a time that tells nothing of where they differ, nor of how long the secret is. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** What a person or a program of ours writes. Not `0.0.0.0`, by which pages of other sites reach loopback. */
const LOOPBACK_NAME = /^(localhost|\[::1\]|127\.0\.0\.1)$/i

function isOurHost(host: string | undefined, port: number): boolean {
  const [, name = '', given = '80'] = /^(.*?)(?::(\d+))?$/.exec(host ?? '') ?? []
  return LOOPBACK_NAME.test(name) && Number(given) === port
}

function isOurOrigin(origin: string, port: number): boolean {
  return origin.startsWith('http://') && isOurHost(origin.slice('http://'.length), port)
}
