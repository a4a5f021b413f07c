import { parseUrl } from '../../../../shared/values/parse-url.ts'
import { isLoopback, targetOfUrl, type TunnelTarget } from '../tunnel/tunnel-target.ts'

/** The proxy between us and the rest of the world, as the environment or the settings say. */
export interface ProxySettings {
  /** `http://user:password@proxy.acme.dev:3128`; null when there is none. */
  proxyUrl: string | null
  /** The usual list: hosts, `.suffixes`, `host:port`, addresses, IPv4 ranges such as `10.0.0.0/8`, `*`. */
  noProxy: string
}

/** What the gateway's own environment asks for; the spelling in small letters wins, as it does in curl. */
export function proxySettingsFrom(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const first = (...names: string[]) => names.map((name) => env[name]?.trim()).find(Boolean) ?? null
  return {
    proxyUrl: withScheme(first('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY')),
    noProxy: first('no_proxy', 'NO_PROXY') ?? '',
  }
}

/** `proxy.acme.dev:3128`, without a password: what to call the proxy that is found, null when there is none. */
export function proxyName(
  env: Readonly<Record<string, string | undefined>>,
  fromSettings: string | null = null,
): string | null {
  const url = fromSettings ?? proxySettingsFrom(env).proxyUrl
  return url === null ? null : (parseUrl(url)?.host ?? null)
}

/** Which proxy leads to a target, null for the direct way. The settings come first; a proxy that is ourselves is none. */
export type OuterProxy = (target: TunnelTarget) => string | null

export function createOuterProxy(
  env: Readonly<Record<string, string | undefined>>,
  fromSettings: string | null,
  isSelf: (target: TunnelTarget) => boolean,
): OuterProxy {
  const found = proxySettingsFrom(env)
  const settings = { ...found, proxyUrl: fromSettings ?? found.proxyUrl }
  return (target) => {
    const proxyUrl = proxyFor(settings, target)
    const url = proxyUrl === null ? null : parseUrl(proxyUrl)
    return url === null || isSelf(targetOfUrl(url)) ? null : proxyUrl
  }
}

/** @returns the proxy to take for a target, or null for the direct way; this machine is always reached directly */
export function proxyFor(settings: ProxySettings, target: TunnelTarget): string | null {
  if (settings.proxyUrl === null || isLoopback(target.host)) return null
  return bypasses(settings.noProxy, target) ? null : settings.proxyUrl
}

/** Whether a `NO_PROXY` list names the target. A name covers what is below it, with or without a leading dot. */
export function bypasses(noProxy: string, { host, port }: TunnelTarget): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => entry === '*' || matches(entry.toLowerCase(), host, port))
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry.includes('/')) return inRange(entry, host)
  const withPort = /^([^:]+|\[.+\]):(\d+)$/.exec(entry)
  if (withPort && Number(withPort[2]) !== port) return false
  const name = (withPort?.[1] ?? entry).replace(/^\[(.*)\]$/, '$1').replace(/^\*?\./, '')
  return host === name || host.endsWith(`.${name}`)
}

function inRange(range: string, host: string): boolean {
  const [base = '', bits = ''] = range.split('/')
  const network = ipv4Number(base)
  const address = ipv4Number(host)
  if (network === null || address === null) return false
  const size = 2 ** (32 - Number(bits))
  return Math.floor(network / size) === Math.floor(address / size)
}

function ipv4Number(text: string): number | null {
  const parts = text.split('.').map(Number)
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return null
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

function withScheme(url: string | null): string | null {
  return url === null || url.includes('://') ? url : `http://${url}`
}
