type Env = Record<string, string | undefined>

/**
 * The proxy through which this machine reaches `url`, as the settings or the usual variables say; null for a direct
 * way. Loopback is always direct, and a proxy that is ourselves is none: a gateway started in a terminal that points
 * at a gateway would ask itself.
 */
export function outerProxy(
  url: string,
  env: Env,
  fromSettings: string | null,
  isOurselves: (proxy: URL) => boolean,
): string | null {
  const target = new URL(url)
  if (isLoopback(target.hostname) || isExempt(target, env.NO_PROXY ?? env.no_proxy ?? '')) return null
  const secure = env.HTTPS_PROXY ?? env.https_proxy
  const plain = env.http_proxy ?? env.HTTP_PROXY
  const proxy = fromSettings || (target.protocol === 'https:' ? secure : plain) || null
  const parsed = proxy && parseUrl(proxy)
  return parsed && !isOurselves(parsed) ? parsed.href : null
}

/** `proxy.acme.dev:3128` is written as often as its URL. */
function parseUrl(proxy: string): URL | null {
  try {
    return new URL(/^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`)
  } catch {
    return null
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** `NO_PROXY`: names, `.suffixes`, `host:port`, `*`. */
function isExempt(target: URL, noProxy: string): boolean {
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
      if (entryPort !== undefined && entryPort !== port) return false
      const suffix = name.replace(/^\*?\./, '')
      return target.hostname === suffix || target.hostname.endsWith(`.${suffix}`)
    })
}
