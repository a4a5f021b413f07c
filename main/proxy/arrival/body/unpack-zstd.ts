// The one door to fzstd: the runtime itself knows zstd only from Node 22.15 on.
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { Decompress } from 'fzstd'

type Native = (
  body: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, plain: Buffer) => void,
) => void

const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE'
const native = (zlib as { zstdDecompress?: Native }).zstdDecompress

/** Unpacks zstd, at most `maxBytes` of it. Of a body that breaks off it gives what is whole. Rejects what is not zstd. */
export function unpackZstd(body: Buffer, maxBytes: number): Promise<Buffer> {
  const here = () => unpackHere(body, maxBytes)
  // The native one takes a whole body only; it runs beside this thread, which a large one would hold up for milliseconds.
  return native
    ? promisify(native)(body, { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) =>
        error.code === TOO_LARGE ? Promise.reject(error) : here(),
      )
    : Promise.resolve().then(here)
}

/** RFC 8878 3.1.1: how a frame begins, in the order of the wire. */
const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

function unpackHere(body: Buffer, maxBytes: number): Buffer {
  // A stream waits for more where something else would be wrong.
  if (body.indexOf(MAGIC) !== 0) throw new Error('it does not begin as zstd does')
  const parts: Uint8Array[] = []
  let length = 0
  const stream = new Decompress((part) => {
    length += part.length
    if (length > maxBytes)
      throw Object.assign(new RangeError(`it unpacks to more than ${maxBytes} bytes`), { code: TOO_LARGE })
    parts.push(part)
  })
  stream.push(body)
  return Buffer.concat(parts)
}
