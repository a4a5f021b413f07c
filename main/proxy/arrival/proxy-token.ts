import { commandLine } from '../../../shared/values/command-line.ts'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parseTags } from '../../core/attribution/values/parse-tags.ts'
import type { Ingress } from './ingress.ts'
import { readProxyCredentials } from './proxy-credentials.ts'

/** The tag of a base URL that carries the proxy token: `/@token=…/openai/v1`. Taken out with the launch's own tags. */
export const TOKEN_TAG = 'token'
export const TOKEN_HEADER = 'x-allowance-token'

/** Says whether what was shown is the proxy token. Takes as long for a wrong one as for the right one. */
export type TokenCheck = (shown: string | null | undefined) => boolean

/** @param token null where we listen on loopback alone: nothing has to be shown then */
export function createTokenCheck(token: string | null): TokenCheck {
  if (token === null) return () => true
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = digest(token)
  return (shown) => typeof shown === 'string' && timingSafeEqual(digest(shown), wanted)
}

/**
 * Whether a request may come in: by the tunnel that it came through, the header, the base URL's tag, or the password
 * of a proxy URL. The header is taken out of the request: it is ours and goes no further.
 */
export function mayEnter(request: IncomingMessage, ingress: Pick<Ingress, 'authorized'>, check: TokenCheck): boolean {
  const header = takeHeader(request, TOKEN_HEADER)
  if (ingress.authorized) return true
  const { password } = readProxyCredentials(request.headers['proxy-authorization'])
  return [header, tokenOfPath(request.url ?? ''), password].some(check)
}

/** What a request without the token is told: as a proxy says it to those who use us as one, else as a provider would. */
export function tokenRequired(mode: Ingress['mode']): TurnedAway {
  const code = 'token-required'
  if (mode === 'absolute') return { status: 407, code, message: tokenAsPassword(), headers: CHALLENGE }
  return { status: 401, code, message: tokenInUrl() }
}

/** What somebody who may not come in is told. */
export interface TurnedAway {
  status: number
  code: string
  message: string
  headers?: Record<string, string>
}

const where = () => `\`${commandLine('env')}\` on the machine it runs on prints it`
export const tokenAsPassword = () => `this proxy needs its token as the password in the proxy's URL: ${where()}`
const tokenInUrl = () =>
  `this gateway needs its token, in the base URL (/@token=…/openai/v1) or in the header ${TOKEN_HEADER}: ${where()}`
const CHALLENGE = { 'proxy-authenticate': 'Basic realm="Allowance"' }

/** Of the tags before the provider; there may be several lists, as a base URL is put together by more than one hand. */
function tokenOfPath(path: string): string | null {
  let rest = path
  for (let match = /^\/@([^/]*)\//.exec(rest); match; match = /^\/@([^/]*)\//.exec(rest)) {
    const token = parseTags(match[1] ?? '').tags[TOKEN_TAG]
    if (token !== undefined) return token
    rest = rest.slice(match[0].length - 1)
  }
  return null
}

function takeHeader(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  if (value === undefined) return null
  delete request.headers[name]
  const { rawHeaders } = request
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2)
    if (rawHeaders[index]?.toLowerCase() === name) rawHeaders.splice(index, 2)
  return String(value)
}
