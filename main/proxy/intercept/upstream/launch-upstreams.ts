import { parseUrl } from '../../../../shared/values/parse-url.ts'
import { TOKEN_TAG } from '../../arrival/proxy-token.ts'

/**
 * Where a launch's traffic would have gone without us. `run` and `env` find a base URL or a proxy that was set before
 * and send its place along as tags of their own, so that nobody's traffic changes its destination:
 *
 *   upstream-proxy=<base64url of the proxy's URL>       the proxy above us, for this launch
 *   upstream-<provider>=<base64url of a base URL>       what stands for the provider's origin, for this launch
 *
 *   token=<the proxy token>                              where the gateway listens beyond its own machine
 *
 * They come like any tag, in the proxy user name or in the base URL, and are taken out before anybody else sees them:
 * they can carry credentials and say nothing about who is calling.
 */
const PREFIX = 'upstream-'

export interface LaunchTags {
  tags: Record<string, string>
  /** By provider, or `proxy`: an http(s) URL without a slash at its end. */
  upstreams: Record<string, string>
}

export function splitLaunchTags(all: Readonly<Record<string, string>>): LaunchTags {
  const tags: Record<string, string> = {}
  const upstreams: Record<string, string> = {}
  for (const [name, value] of Object.entries(all)) {
    const url = name.startsWith(PREFIX) ? decodeUrl(value) : null
    if (url !== null) upstreams[name.slice(PREFIX.length)] = url
    else if (!name.startsWith(PREFIX) && name !== TOKEN_TAG) tags[name] = value
  }
  return { tags, upstreams }
}

/** The tag that sends a URL along. Base64url needs no escape, neither in a user name nor in a path. */
export function upstreamTag(name: string, url: string): Record<string, string> {
  return { [PREFIX + name]: Buffer.from(url, 'utf8').toString('base64url') }
}

function decodeUrl(value: string): string | null {
  const text = Buffer.from(value, 'base64url').toString('utf8')
  if (!/^https?:\/\//i.test(text) || parseUrl(text) === null) return null
  return text.replace(/\/+$/, '')
}
