export interface ProxyCredentials {
  /** Tags, still percent-encoded as the user wrote them in the proxy's URL. */
  userName: string
  password: string | null
}

/** Reads `Proxy-Authorization: Basic …`; what is not that, or not readable, is not credentials. */
export function readProxyCredentials(header: string | undefined): ProxyCredentials {
  const encoded = /^basic\s+([a-z0-9+/=_-]+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return { userName: '', password: null }
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0
    ? { userName: text, password: null }
    : { userName: text.slice(0, colon), password: text.slice(colon + 1) }
}
