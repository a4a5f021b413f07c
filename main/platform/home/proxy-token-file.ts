import { readFileSync } from 'node:fs'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { newSecret } from '../system/ids.ts'
import { writePrivateFile } from './write-private-file.ts'

/** It stands in URLs as it is, and no longer than a tag may be. */
const TOKEN = /^[A-Za-z0-9_~-]{16,128}$/

/**
 * The token that connections from other machines and containers bring, made at the first use and kept in the home: a
 * container that was given it goes on working when the gateway starts again. One may be put there beforehand.
 *
 * @throws AllowanceError `settings-invalid` for one that is too short or would not survive in a URL
 */
export function loadProxyToken(file: string): string {
  const known = readProxyToken(file)
  if (known === null) {
    const token = newSecret()
    writePrivateFile(file, `${token}\n`)
    return token
  }
  if (TOKEN.test(known)) return known
  throw new AllowanceError(
    'settings-invalid',
    `the proxy token in ${file} cannot be used: it takes 16 to 128 letters, digits, - and _`,
    `delete ${file}: a new one is made at the next start`,
  )
}

/** The token of a home; null where none was ever needed. */
export function readProxyToken(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
