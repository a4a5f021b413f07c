import { BlockList, isIPv6, type Socket } from 'node:net'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { isThisMachine } from '../tunnel/tunnel-target.ts'

/** What no connection of ours may lead to, judged by where it really arrived: names and odd spellings hide nothing then. */
export interface ForbiddenPeers {
  /** A port of ours: the proxy's, the control API's. */
  addOwnPort(port: number): void
  /** Watches a connection that is being opened; one that arrives where it may not is destroyed before a byte is sent. */
  guard<Opened extends Socket>(socket: Opened): Opened
}

/** Link-local addresses, where clouds hand out credentials (RFC 3927, RFC 4291, AWS's IPv6 one). */
const LINK_LOCAL = new BlockList()
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4')
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6')
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6')

export function createForbiddenPeers(): ForbiddenPeers {
  const ownPorts = new Set<number>()
  return {
    addOwnPort: (port) => void ownPorts.add(port),
    guard(socket) {
      // First of all listeners, so that nothing is written to a peer that turns out to be forbidden.
      socket.prependOnceListener('connect', () => {
        const why = reasonAgainst(socket.remoteAddress ?? '', socket.remotePort ?? 0, ownPorts)
        if (why !== null) socket.destroy(why)
      })
      return socket
    },
  }
}

function reasonAgainst(remoteAddress: string, port: number, ownPorts: ReadonlySet<number>): AllowanceError | null {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  if (ownPorts.has(port) && isThisMachine(address))
    return new AllowanceError(
      'upstream-is-self',
      `it leads back to Allowance itself (port ${port})`,
      'name the provider instead: see "upstreams" and "providers" in the settings, and base URLs in the environment',
    )
  if (LINK_LOCAL.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
    return new AllowanceError(
      'not-allowed',
      `${address} is a link-local address, where clouds keep credentials`,
      'add 169.254.169.254 to NO_PROXY, so that the program asks it directly',
    )
  return null
}
