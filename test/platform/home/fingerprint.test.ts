import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKeyedHash, loadFingerprintKey } from '../../../main/platform/home/fingerprint.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'allowance-key-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('a key is made once, for its user alone', () => {
  const file = join(home, 'made', 'fingerprint.key')
  const key = loadFingerprintKey(file)
  expect(key).toHaveLength(32)
  expect(loadFingerprintKey(file)).toEqual(key)
  expect(process.platform === 'win32' ? 0o600 : statSync(file).mode & 0o777).toBe(0o600)
})

test('a damaged key is replaced', () => {
  const file = join(home, 'fingerprint.key')
  writeFileSync(file, 'half')
  const key = loadFingerprintKey(file)
  expect(readFileSync(file, 'utf8').trim()).toBe(Buffer.from(key).toString('hex'))
})

test('hashes depend on the key and say nothing of the text', () => {
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)].map(createKeyedHash)
  expect(one?.('hello')).toMatch(/^[\w-]{16}$/)
  expect(one?.('hello')).toBe(one?.(new TextEncoder().encode('hello')))
  expect(one?.('hello')).not.toBe(two?.('hello'))
})

test('a hash is the HMAC of the text, however long and in whatever form', () => {
  const key = new Uint8Array(32).map((_, index) => index * 7)
  const hash = createKeyedHash(key)
  for (const text of [
    '',
    'hello',
    'Grüße aus 東京 👋',
    '\ud800 alone',
    'x'.repeat(5_461),
    'é'.repeat(5_462),
    'y'.repeat(100_000),
  ]) {
    const wanted = createHmac('sha256', key).update(text).digest('base64url').slice(0, 16)
    expect(hash(text)).toBe(wanted)
    expect(hash(Buffer.from(text))).toBe(wanted)
  }
})
