import { hostname, networkInterfaces } from 'node:os'
import { isAddress, normalHost } from '../authority/name-constraints.ts'

/** Where a CONNECT wants to go; `host` in lower case, IPv6 without brackets. */
export interface TunnelTarget {
  host: string
  port: number
}

/** @returns null when it is no `host:port` (RFC 9110 9.3.6 asks for both) */
export function parseTunnelTarget(authority: string): TunnelTarget | null {
  const match = /^(\[[0-9a-f:.%]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(authority.trim())
  const port = Number(match?.[2])
  if (!match?.[1] || !(port >= 1 && port <= 65_535)) return null
  return { host: normalHost(match[1]), port }
}

/** `https://api.openai.com`: the default port is left out, as a client writes it. */
export function originOf(scheme: 'http' | 'https', { host, port }: TunnelTarget): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (scheme === 'https' ? 443 : 80) ? `${scheme}://${name}` : `${scheme}://${name}:${port}`
}

/** Names and addresses of this very machine, without asking a resolver. */
export function isLoopback(host: string): boolean {
  const name = normalHost(host).replace(/^::ffff:/, '')
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1' || name === '0.0.0.0' || name === '::')
    return true
  return isAddress(name) && name.startsWith('127.')
}

/** Whether an address to listen on is reached from this machine alone. An address that stands for all of them is not. */
export function staysOnMachine(listen: string): boolean {
  const name = normalHost(listen).replace(/^::ffff:/, '')
  return isLoopback(name) && name !== '0.0.0.0' && !/^[0:]*$/.test(name)
}

/** What containers call the machine they run on. */
const MACHINE_NAMES = ['host.docker.internal', 'gateway.docker.internal', 'host.containers.internal']

/** Whether a host is this machine, by whatever name or address somebody outside knows it. */
export function isThisMachine(host: string): boolean {
  const name = normalHost(host)
  if (isLoopback(name) || MACHINE_NAMES.includes(name) || name === normalHost(hostname())) return true
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === name))
}

/** Where a URL leads, with its scheme's port. */
export function targetOfUrl(url: URL): TunnelTarget {
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  }
}
