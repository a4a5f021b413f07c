import type { Socket } from 'node:net'
import { MAX_RELAY_LINE_BYTES } from './relayed.ts'

/** What a client starts to speak, as far as its first bytes tell. */
export type Spoken = 'tls' | 'http' | 'http2' | 'relayed' | 'other'

const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const LONGEST_METHOD = 17
/** A ClientHello with post-quantum keys is about 2 kB, at most 16 kB fit into one record. */
const MAX_HELLO_BYTES = 5 + 16_384
/** A client may open a tunnel before it needs it; one that says nothing for so long has forgotten it. */
const SILENCE_LIMIT_MS = 120_000

/**
 * Reads the beginning of what a client says and puts it back, so that the next reader of the socket sees every byte.
 *
 * @returns null when the client left, or said nothing for two minutes, before that much was known
 */
export function sniff(socket: Socket): Promise<{ spoken: Spoken; bytes: Buffer } | null> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const timer = setTimeout(() => {
      socket.destroy()
      finish(null)
    }, SILENCE_LIMIT_MS)
    timer.unref()

    function finish(spoken: Spoken | null): void {
      clearTimeout(timer)
      socket.off('readable', read)
      socket.off('end', leave)
      socket.off('close', leave)
      if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes)
      resolve(spoken === null ? null : { spoken, bytes })
    }
    function leave(): void {
      finish(bytes.length > 0 ? 'other' : null)
    }
    function read(): void {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
        bytes = Buffer.concat([bytes, chunk])
      const spoken = spokenIn(bytes)
      if (spoken !== null) finish(spoken)
    }
    socket.on('readable', read)
    socket.on('end', leave)
    socket.on('close', leave)
    // What came together with the CONNECT lies in the buffer already and will not be announced.
    read()
  })
}

/** @returns null while there are too few bytes to tell; for TLS that is until the whole ClientHello is there */
export function spokenIn(bytes: Buffer): Spoken | null {
  if (bytes.length === 0) return null
  if (bytes[0] === 0x16) return helloIsWhole(bytes) ? 'tls' : null
  const text = bytes.toString('latin1', 0, MAX_RELAY_LINE_BYTES)
  if (text.startsWith('PROXY TCP'))
    return text.includes('\r\n') ? 'relayed' : text.length < MAX_RELAY_LINE_BYTES ? null : 'other'
  if (HTTP2_PREFACE.startsWith(text.slice(0, HTTP2_PREFACE.length)))
    return text.length >= HTTP2_PREFACE.length ? 'http2' : null
  if (/^[A-Z-]{3,17} \S/.test(text)) return 'http'
  return /^[A-Z-]+ ?$/.test(text) && text.length <= LONGEST_METHOD ? null : 'other'
}

function helloIsWhole(bytes: Buffer): boolean {
  if (bytes.length < 5) return false
  return bytes.length >= 5 + bytes.readUInt16BE(3) || bytes.length >= MAX_HELLO_BYTES
}
