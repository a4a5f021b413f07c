import { parseUrl } from '../../../shared/values/parse-url.ts'

/** True for an https address without a user name in it, which could be made to look like another host. */
export function isSafeLink(url: string): boolean {
  const parsed = parseUrl(url)
  return parsed !== null && parsed.protocol === 'https:' && parsed.username === '' && parsed.password === ''
}
