import { parseUrl } from '../../../shared/values/parse-url.ts'

export interface RequestTarget {
  /** Without user and password. */
  url: string
  headers: Record<string, string>
}

/**
 * Where to ask, and with what: user and password of a URL become a Basic header (RFC 7617), because `fetch` refuses
 * such URLs and repeats them whole in its error. Throws an Error without the address, which can be a secret.
 */
export function requestTarget(given: string): RequestTarget {
  const url = parseUrl(given)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Error('its address is not an http or https URL')
  const { username, password } = url
  if (username === '' && password === '') return { url: url.href, headers: {} }
  url.username = ''
  url.password = ''
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`)
  return { url: url.href, headers: { authorization: `Basic ${credentials.toString('base64')}` } }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A percent sign of its own.
    return part
  }
}
