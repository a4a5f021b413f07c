import { promisify } from 'node:util'
import { brotliDecompress, unzip } from 'node:zlib'

/** Unpacks a whole body beside the bytes that pass, for metering alone. Null when the body is not compressed. */
export function decompressorFor(contentEncoding: string | undefined): ((body: Buffer) => Promise<Buffer>) | null {
  switch (contentEncoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return promisify(unzip) as (body: Buffer) => Promise<Buffer>
    case 'br':
      return promisify(brotliDecompress) as (body: Buffer) => Promise<Buffer>
    default:
      return (body) => Promise.reject(new Error(`cannot unpack ${contentEncoding} (${body.length} bytes)`))
  }
}
