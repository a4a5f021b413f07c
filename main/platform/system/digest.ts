import crypto, { createHash, type BinaryToTextEncoding } from 'node:crypto'

type Encoding = BinaryToTextEncoding | 'buffer'

/** A digest in one go, five times as fast as by an object; by an object on Node 18, which older Electrons bring. */
export const digest: (algorithm: string, data: string | Uint8Array, encoding: Encoding) => string | Buffer =
  typeof crypto.hash === 'function'
    ? (algorithm, data, encoding) => crypto.hash(algorithm, data, encoding)
    : (algorithm, data, encoding) => {
        const made = createHash(algorithm).update(data)
        return encoding === 'buffer' ? made.digest() : made.digest(encoding)
      }
