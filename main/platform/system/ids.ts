import { randomBytes, randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_LENGTH = 10
const RANDOM_LENGTH = 16

let lastMs = 0
let lastRandom: number[] = []

/** Asking the system for random bytes takes longer than all the rest of an id: it is asked for many at once. */
const pool = Buffer.alloc(4_096)
let poolAt = pool.length

/**
 * An id of 26 characters that sorts by the time it was made (a ULID in lower case), also among those of one
 * millisecond and when the clock is set back: the calls of a log stand in their order without a look at their times.
 */
export function newCallId(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    lastRandom = [...pooledBytes(RANDOM_LENGTH)].map((byte) => byte % 32)
  } else {
    countUp(lastRandom)
  }
  return encodeTime(lastMs) + lastRandom.map((digit) => ALPHABET[digit]).join('')
}

/** A secret for a header or a one-time code: 256 bits, safe in URLs. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function pooledBytes(count: number): Uint8Array {
  if (poolAt + count > pool.length) {
    randomFillSync(pool)
    poolAt = 0
  }
  poolAt += count
  return pool.subarray(poolAt - count, poolAt)
}

function encodeTime(atMs: number): string {
  let rest = atMs
  let text = ''
  for (let place = 0; place < TIME_LENGTH; place += 1) {
    text = ALPHABET[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** The next number of those digits. Eighty random bits do not run over within a millisecond. */
function countUp(digits: number[]): void {
  for (let place = digits.length - 1; place >= 0; place -= 1) {
    const digit = digits[place]! + 1
    digits[place] = digit % 32
    if (digit < 32) return
  }
}
