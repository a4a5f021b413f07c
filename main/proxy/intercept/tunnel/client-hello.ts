import { createHash } from 'node:crypto'

/** What a TLS client says of itself before anything is encrypted (RFC 8446 4.1.2). */
export interface ClientHello {
  /** The host it wants (SNI). */
  serverName: string | null
  /** Protocols it can speak (ALPN), by its own preference; empty when it says nothing. */
  protocols: string[]
  /** Alike for one TLS library in one version and configuration: version, cipher suites and kinds of extensions. */
  fingerprint: string
}

const SERVER_NAME = 0
const ALPN = 16

/** @returns null when the bytes are no whole ClientHello in one record; the handshake itself will say what is wrong */
export function readClientHello(bytes: Buffer): ClientHello | null {
  try {
    return parse(new Reader(bytes))
  } catch {
    return null
  }
}

function parse(record: Reader): ClientHello | null {
  record.skip(5)
  if (record.number(1) !== 1) return null
  const hello = record.block(3)
  const version = hello.number(2)
  hello.skip(32)
  hello.block(1)
  const ciphers = hello.block(2).rest()
  hello.block(1)
  let serverName: string | null = null
  let protocols: string[] = []
  const kinds: number[] = []
  const extensions = hello.left > 0 ? hello.block(2) : new Reader(Buffer.alloc(0))
  while (extensions.left > 0) {
    const kind = extensions.number(2)
    const body = extensions.block(2)
    // Browsers send random kinds (GREASE, RFC 8701) and shuffle the rest; neither says who they are.
    if ((kind & 0x0f0f) !== 0x0a0a) kinds.push(kind)
    if (kind === SERVER_NAME && body.left > 0) serverName = readServerName(body.block(2))
    if (kind === ALPN) protocols = readProtocols(body.block(2))
  }
  const digest = createHash('sha256').update(`${version}|${ciphers.length}|${kinds.sort((a, b) => a - b).join()}`)
  return { serverName, protocols, fingerprint: digest.digest('hex').slice(0, 12) }
}

function readServerName(names: Reader): string | null {
  while (names.left > 0) {
    const kind = names.number(1)
    const name = names.block(2).rest().toString('latin1').toLowerCase()
    if (kind === 0) return name
  }
  return null
}

function readProtocols(list: Reader): string[] {
  const protocols: string[] = []
  while (list.left > 0) protocols.push(list.block(1).rest().toString('latin1'))
  return protocols
}

/** Reads big-endian numbers and blocks that begin with their length; throws past the end. */
class Reader {
  private position = 0
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  get left(): number {
    return this.bytes.length - this.position
  }
  skip(count: number): void {
    if (count > this.left) throw new RangeError('past the end')
    this.position += count
  }
  number(size: number): number {
    const start = this.position
    this.skip(size)
    return this.bytes.readUIntBE(start, size)
  }
  block(lengthSize: number): Reader {
    const length = this.number(lengthSize)
    const start = this.position
    this.skip(length)
    return new Reader(this.bytes.subarray(start, start + length))
  }
  rest(): Buffer {
    return this.bytes.subarray(this.position)
  }
}
