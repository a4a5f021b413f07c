import { open } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'
import { endianness } from 'node:os'
import { plainAddress } from './address.ts'
import { coalesce } from './coalesce.ts'
import type { Peer } from './found-process.ts'

/** The client's own row of a connection in /proc/net/tcp or tcp6. */
export interface SocketRow {
  /** Decimal, as in `socket:[12345]`. */
  inode: string
  uid: number
}

/** The kernel gives a page of it at a time, however much is asked for. */
const CHUNK_BYTES = 16_384

/**
 * Finds rows by reading the whole table, which costs the kernel some milliseconds however few rows there are: so it
 * is read off the event loop, and one reading answers all who wait.
 */
export function createSocketTable(): { find(peer: Peer): Promise<SocketRow | null> } {
  const find = coalesce<Peer, SocketRow | null>(async (peers) => {
    const keys = peers.map(rowKeys)
    const isIpv4 = (peer: Peer) => isIPv4(plainAddress(peer.remoteAddress ?? ''))
    const ipv4 = peers.some(isIpv4) ? await readTable('/proc/net/tcp') : ''
    const rows = keys.map((of) => findRow([ipv4], of))
    // IPv4 stands in the table of IPv6 only for sockets that serve both: rare, so the second reading waits for the need.
    if (rows.every((row) => row !== null)) return rows
    const ipv6 = await readTable('/proc/net/tcp6')
    return rows.map((row, index) => row ?? findRow([ipv6], keys[index] ?? []))
  }, null)
  return { find }
}

/** In our own loop: for a file whose size is not known, `readFile` of Node 18 ends after the kernel's first page. */
async function readTable(path: string): Promise<string> {
  const chunks: Buffer[] = []
  try {
    const file = await open(path, 'r')
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null)
        if (bytesRead === 0) return Buffer.concat(chunks).toString('latin1')
        chunks.push(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

/** The two address columns as the client's row has them: its local address is our remote one. */
export function rowKeys({ remoteAddress, remotePort, localAddress, localPort }: Peer): string[] {
  if (remoteAddress === undefined || localAddress === undefined || !remotePort || !localPort) return []
  const client = plainAddress(remoteAddress)
  const us = plainAddress(localAddress)
  // A client with a dual-stack socket (Go, Java) has its IPv4 connection in tcp6, as a mapped address.
  const forms: [string, string][] =
    isIPv4(client) && isIPv4(us)
      ? [
          [client, us],
          [`::ffff:${client}`, `::ffff:${us}`],
        ]
      : [[client, us]]
  return forms.map(
    ([from, to]) => `: ${hexAddress(from)}:${hexPort(remotePort)} ${hexAddress(to)}:${hexPort(localPort)} `,
  )
}

export function findRow(tables: readonly string[], keys: readonly string[]): SocketRow | null {
  for (const table of tables) {
    for (const key of keys) {
      const at = table.indexOf(key)
      if (at < 0) continue
      const end = table.indexOf('\n', at)
      // After the addresses: st queues timer retransmits uid timeout inode.
      const columns = table
        .slice(at + key.length, end < 0 ? undefined : end)
        .trim()
        .split(/\s+/)
      const [state, , , , uid, , inode] = columns
      const isListening = state === '0A'
      if (!isListening && inode !== undefined && /^[1-9]\d*$/.test(inode)) return { inode, uid: Number(uid) }
    }
  }
  return null
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

/** As the kernel prints it: 32-bit words in the order of the machine's bytes. */
export function hexAddress(address: string): string {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : address.split('.').map(Number)
  let text = ''
  for (let word = 0; word < bytes.length; word += 4) {
    const four = bytes.slice(word, word + 4)
    if (endianness() === 'LE') four.reverse()
    for (const byte of four) text += byte.toString(16).toUpperCase().padStart(2, '0')
  }
  return text
}

function ipv6Bytes(address: string): number[] {
  const ipv4 = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const pair = (high: string | undefined, low: string | undefined) => (Number(high) * 256 + Number(low)).toString(16)
  const plain = ipv4 ? `${ipv4[1]}${pair(ipv4[2], ipv4[3])}:${pair(ipv4[4], ipv4[5])}` : address
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].map((group) =>
    Number.parseInt(group, 16),
  )
  return groups.flatMap((group) => [group >> 8, group & 0xff])
}
