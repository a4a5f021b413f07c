import { upstreamTag } from '../../../proxy/intercept/upstream/launch-upstreams.ts'
import { TOKEN_TAG } from '../../../proxy/arrival/proxy-token.ts'

/** Where the gateway listens, and what is needed to use it from elsewhere than its own machine. */
export interface ProxyPlace {
  /** `http://127.0.0.1:4141` */
  proxyUrl: string
  /** The password of the proxy URL and a tag of the base URLs, where the gateway listens beyond loopback. */
  proxyToken: string | null
}

/** A value longer than this is cut where tags are read, and half a URL is another place. */
const MAX_TAG_LENGTH = 200

/** The proxy's URL with the tags as its user name; without tags or a token there is no user name at all. */
export function proxyUrlFor(place: ProxyPlace, tags: Readonly<Record<string, string>>): string {
  const userName = joined(tags, (value) => encodeURIComponent(escapedTwice(value)))
  if (userName === '' && place.proxyToken === null) return place.proxyUrl
  const password = encodeURIComponent(place.proxyToken ?? 'x')
  return place.proxyUrl.replace('://', `://${userName || 'allowance'}:${password}@`)
}

/** `http://127.0.0.1:4141/@project=web/openai/v1` */
export function baseUrlFor(
  place: ProxyPlace,
  provider: string,
  suffix: string,
  tags: Readonly<Record<string, string>>,
): string {
  const token: Record<string, string> = place.proxyToken === null ? {} : { [TOKEN_TAG]: place.proxyToken }
  const prefix = joined({ ...token, ...tags }, encodeURIComponent)
  return `${place.proxyUrl}${prefix === '' ? '' : `/@${prefix}`}/${provider}${suffix}`
}

/** The tag that keeps a launch's former destination; null when it is too long to be sent along. */
export function tagFor(name: string, url: string): Record<string, string> | null {
  const tag = upstreamTag(name, url)
  return Object.values(tag).every((value) => value.length <= MAX_TAG_LENGTH) ? tag : null
}

function joined(tags: Readonly<Record<string, string>>, encode: (value: string) => string): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`)
    .join(',')
}

/** Most clients decode the user name once before they send it; what separates tags has to survive that. */
function escapedTwice(value: string): string {
  return value.replace(/[%,=]/g, encodeURIComponent)
}
