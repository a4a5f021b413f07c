import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Issuer } from './x509.ts'

/** One generation of the authority as it lies on disk: constraints cannot be changed, so a new host is a new file. */
export interface StoredAuthority extends Issuer {
  /** 1, 2, …: the order of their making, and the file's name. */
  number: number
  /** What the constraints permit (`permittedName`). */
  names: string[]
  createdAtMs: number
}

const FILE_PATTERN = /^authority-(\d{4})\.json$/

/** Where the authority's files lie: all of them 0600, in a folder that only this user can enter. */
export function authorityFolder(home: string): string {
  return path.join(home, 'ca')
}

/** Our roots alone, for variables that add to a trust store (`NODE_EXTRA_CA_CERTS`). */
export function rootsPath(home: string): string {
  return path.join(authorityFolder(home), 'roots.pem')
}

/** All generations, oldest first. A file that cannot be read as one is left alone and left out. */
export function readAuthorities(home: string): StoredAuthority[] {
  const folder = authorityFolder(home)
  return listFolder(folder)
    .filter((name) => FILE_PATTERN.test(name))
    .sort()
    .map((name) => parseAuthority(readFileSync(path.join(folder, name), 'utf8')))
    .filter((authority) => authority !== null)
}

/**
 * Adds a generation under the next free number.
 *
 * @returns false when another process took that number first: read again, its authority may be all that is needed.
 */
export function addAuthority(home: string, authority: StoredAuthority): boolean {
  const folder = authorityFolder(home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const target = path.join(folder, `authority-${String(authority.number).padStart(4, '0')}.json`)
  const temporary = writeTemporary(folder, JSON.stringify({ schema: 1, ...authority }, null, 1))
  try {
    // A link fails where the name exists, a rename would replace: two gateways that start at once must not undo each other.
    linkSync(temporary, target)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

export function removeAuthority(home: string, number: number): void {
  rmSync(path.join(authorityFolder(home), `authority-${String(number).padStart(4, '0')}.json`), { force: true })
}

/** Replaces a file in one step, so that a reader sees the old text or the new one. Unchanged text is not written. */
export function publishFile(target: string, text: string): void {
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 })
  if (readIfPresent(target) === text) return
  renameSync(writeTemporary(path.dirname(target), text), target)
}

/** Changes whenever a generation comes or goes, from whichever process; one stat, so it can be asked at every connection. */
export function authorityStamp(home: string): number {
  try {
    return statSync(authorityFolder(home)).mtimeMs
  } catch {
    return 0
  }
}

function writeTemporary(folder: string, text: string): string {
  const temporary = path.join(folder, `.${randomBytes(6).toString('hex')}.tmp`)
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' })
  return temporary
}

function parseAuthority(text: string): StoredAuthority | null {
  try {
    const value = JSON.parse(text) as StoredAuthority
    return typeof value.intermediateKeyPem === 'string' && Array.isArray(value.names) ? value : null
  } catch {
    return null
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
