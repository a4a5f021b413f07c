import { createHmac, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { KeyedHash } from '../../core/conversations/keyed-hash.ts'
import { digest } from '../system/digest.ts'
import { writePrivateFile } from './write-private-file.ts'

const KEY_BYTES = 32
/** 96 bits as 16 characters: two of 10,000 calls with 1,000 messages each meet by accident once in 10^14 homes. */
const HASH_LENGTH = 16

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Texts up to here are hashed in one go; what is longer would only be copied. */
const MAX_SHORT_BYTES = 16_384

/**
 * HMAC-SHA256 under the home's key, shortened. Short texts, of which a call has a dozen, are hashed by the definition
 * (RFC 2104) with two hashes in one go each: making an object for each takes five times as long as the hashing.
 */
export function createKeyedHash(key: Uint8Array): KeyedHash {
  const byObject: KeyedHash = (data) => createHmac('sha256', key).update(data).digest('base64url').slice(0, HASH_LENGTH)
  if (key.length > BLOCK_BYTES) return byObject
  const inner = Buffer.alloc(BLOCK_BYTES + MAX_SHORT_BYTES)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    inner[index] = (key[index] ?? 0) ^ 0x36
    outer[index] = (key[index] ?? 0) ^ 0x5c
  }
  return (data) => {
    // No character takes more than three bytes a code unit.
    if ((typeof data === 'string' ? data.length * 3 : data.length) > MAX_SHORT_BYTES) return byObject(data)
    let length = data.length
    if (typeof data === 'string') length = inner.write(data, BLOCK_BYTES, 'utf8')
    else inner.set(data, BLOCK_BYTES)
    outer.set(digest('sha256', inner.subarray(0, BLOCK_BYTES + length), 'buffer') as Buffer, BLOCK_BYTES)
    return String(digest('sha256', outer, 'base64url')).slice(0, HASH_LENGTH)
  }
}

/**
 * The home's key, made at the first use and readable by the user alone. With it fingerprints stay the same over
 * restarts; without it they tell nothing. Throws what the file system throws.
 */
export function loadFingerprintKey(file: string): Uint8Array {
  const known = readKey(file)
  if (known) return known
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.new`
  writePrivateFile(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`)
  try {
    // Linking fails when the file is there: of two processes that start at once, one key wins for both.
    linkSync(draft, file)
  } catch {
    // Somebody else's key is there, or what is there is damaged, or the file system has no links.
    if (!readKey(file)) writePrivateFile(file, readFileSync(draft, 'utf8'))
  } finally {
    rmSync(draft, { force: true })
  }
  const made = readKey(file)
  if (!made) throw new Error(`the fingerprint key ${file} cannot be read back`)
  return made
}

function readKey(file: string): Uint8Array | null {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : null
  } catch {
    return null
  }
}
