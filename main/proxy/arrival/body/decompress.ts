import { promisify } from 'node:util'
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib'
import { unpackZstd } from './unpack-zstd.ts'

/** A compressed answer is kept whole to be metered: up to this size, and unpacked up to this size. */
export const MAX_COMPRESSED_BYTES = 32 * 1_048_576
const MAX_UNPACKED_BYTES = 256 * 1_048_576

export type Decompress = (body: Buffer) => Promise<Buffer>

/**
 * Unpacks a whole body beside the bytes that pass, for metering alone: gzip, deflate (with and without its zlib wrapper,
 * as servers never agreed), br, zstd, and lists of them (RFC 9110 8.4). Of a body that breaks off it gives what is whole.
 *
 * @returns null when the body is not compressed. What it returns rejects what is not what it says, and, with the code
 *   ERR_BUFFER_TOO_LARGE, what unpacks to more than `maxBytes` (a few kilobytes can hold gigabytes)
 */
export function decompressorFor(contentEncoding: string | undefined, maxBytes = MAX_UNPACKED_BYTES): Decompress | null {
  const encodings = (contentEncoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  if (encodings.length === 0) return null
  // Named in the order in which they were applied.
  const steps = encodings.reverse().map((name) => unpackerFor(name, maxBytes))
  return (body) => steps.reduce((unpacked, step) => unpacked.then(step), Promise.resolve(body))
}

function unpackerFor(encoding: string, maxOutputLength: number): Decompress {
  const lenient = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return (body) => promisify(gunzip)(body, lenient) as Promise<Buffer>
    case 'deflate':
      return (body) => promisify(hasZlibHeader(body) ? inflate : inflateRaw)(body, lenient) as Promise<Buffer>
    case 'br':
      return (body) =>
        promisify(brotliDecompress)(body, {
          maxOutputLength,
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
        }) as Promise<Buffer>
    case 'zstd':
      return (body) => unpackZstd(body, maxOutputLength)
    default:
      return () => Promise.reject(new Error(`${encoding} is not a supported encoding`))
  }
}

/** RFC 1950 2.2: the method is deflate, and the first two bytes are a multiple of 31. */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}
