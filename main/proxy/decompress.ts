import { promisify } from 'node:util'
import { brotliDecompress, unzip } from 'node:zlib'

/** A compressed answer is kept whole to be metered: up to this size, and unpacked up to this size. */
export const MAX_COMPRESSED_BYTES = 32 * 1_048_576
const MAX_UNPACKED_BYTES = 256 * 1_048_576

export type Decompress = (body: Buffer) => Promise<Buffer>

/**
 * Unpacks a whole body beside the bytes that pass, for metering alone. Null when the body is not compressed. Rejects
 * what is not what it says, or unpacks to more than `maxOutputLength` bytes (a few kilobytes can hold gigabytes).
 */
export function decompressorFor(contentEncoding: string | undefined, maxOutputLength = MAX_UNPACKED_BYTES): Decompress | null {
  switch (contentEncoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return (body) => promisify<Buffer, object, Buffer>(unzip)(body, { maxOutputLength })
    case 'br':
      return (body) => promisify<Buffer, object, Buffer>(brotliDecompress)(body, { maxOutputLength })
    default:
      return (body) => Promise.reject(new Error(`cannot unpack ${contentEncoding} (${body.length} bytes)`))
  }
}
