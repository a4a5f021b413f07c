import { crc32 } from './crc32.ts'

/** Total length, headers length, and the CRC of both, four bytes each, big-endian. */
export const PRELUDE_BYTES = 12
const MESSAGE_CRC_BYTES = 4
const STRING_HEADER = 7
/** Bytes of a header's value by its type, in the order of the specification; -1: a two-byte length comes first. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16]

export interface EventStreamMessage {
  headers: Record<string, string>
  payload: Uint8Array
}

/** Length of the message that begins here, null when the prelude is not a valid one (its CRC is wrong). */
export function messageLength(prelude: Uint8Array): number | null {
  const view = viewOf(prelude)
  if (crc32(prelude.subarray(0, 8)) !== view.getUint32(8)) return null
  const length = view.getUint32(0)
  return length >= PRELUDE_BYTES + MESSAGE_CRC_BYTES + view.getUint32(4) ? length : null
}

/** Reads one whole message. Only text headers are kept: the others carry nothing that we use. */
export function decodeMessage(message: Uint8Array): EventStreamMessage {
  const view = viewOf(message)
  const headersEnd = PRELUDE_BYTES + view.getUint32(4)
  const headers: Record<string, string> = {}
  const decoder = new TextDecoder()
  let offset = PRELUDE_BYTES
  while (offset < headersEnd) {
    const nameEnd = offset + 1 + view.getUint8(offset)
    const name = decoder.decode(message.subarray(offset + 1, nameEnd))
    const type = view.getUint8(nameEnd)
    const fixed = VALUE_BYTES[type] ?? 0
    const valueStart = nameEnd + (fixed < 0 ? 3 : 1)
    const valueEnd = valueStart + (fixed < 0 ? view.getUint16(nameEnd + 1) : fixed)
    if (type === STRING_HEADER) headers[name] = decoder.decode(message.subarray(valueStart, valueEnd))
    offset = valueEnd
  }
  return { headers, payload: message.subarray(headersEnd, message.length - MESSAGE_CRC_BYTES) }
}

/** Writes one message with text headers, both CRCs in place. */
export function encodeMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder()
  const encoded: number[] = []
  for (const [name, value] of Object.entries(headers)) {
    const nameBytes = encoder.encode(name)
    const valueBytes = encoder.encode(value)
    encoded.push(nameBytes.length, ...nameBytes, STRING_HEADER, valueBytes.length >> 8, valueBytes.length & 0xff)
    encoded.push(...valueBytes)
  }
  const message = new Uint8Array(PRELUDE_BYTES + encoded.length + payload.length + MESSAGE_CRC_BYTES)
  const view = viewOf(message)
  view.setUint32(0, message.length)
  view.setUint32(4, encoded.length)
  view.setUint32(8, crc32(message.subarray(0, 8)))
  message.set(encoded, PRELUDE_BYTES)
  message.set(payload, PRELUDE_BYTES + encoded.length)
  const crcAt = message.length - MESSAGE_CRC_BYTES
  view.setUint32(crcAt, crc32(message.subarray(0, crcAt)))
  return message
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
