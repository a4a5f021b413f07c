import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'

/** Settings that an administrator put on this machine, and where they stand. */
export interface ManagedSettings {
  file: string
  document: Readonly<Record<string, unknown>>
}

/**
 * Where they are looked for, the first that is there. Fixed paths: no variable of the environment moves them, or it
 * would be the way round them.
 */
const PLACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/etc/allowance/managed.json'],
  darwin: [
    '/Library/Managed Preferences/dev.allowance.desktop.plist',
    '/Library/Application Support/Allowance/managed.json',
  ],
  win32: ['C:\\ProgramData\\Allowance\\managed.json'],
}

/** What is added to a developer's own, which can only be tighter or beside it; everything else is replaced. */
const ADDED = new Set(['rules', 'hooks'])

/**
 * Reads what an administrator has installed; null where nothing is. Throws `settings-invalid` for a file that cannot be
 * read, or that somebody else could have written: without it the machine would run without the company's rules.
 */
export function readManagedSettings(
  places: readonly string[] = PLACES[process.platform] ?? [],
  owner = 0,
): ManagedSettings | null {
  for (const file of places) {
    const found = readOne(file, owner)
    if (found) return { file, document: found }
  }
  return null
}

/**
 * The settings with the administrator's over them: a key that stands there is the administrator's as a whole, so nothing
 * beside it can undo what it says. Rules and hooks are added to the developer's own.
 */
export function withManaged(
  settings: Readonly<Record<string, unknown>>,
  managed: ManagedSettings | null,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...settings }
  for (const [key, value] of Object.entries(managed?.document ?? {})) {
    const own = merged[key]
    merged[key] = ADDED.has(key) && Array.isArray(value) && Array.isArray(own) ? [...value, ...own] : value
  }
  return merged
}

/** Whether a setting is the administrator's, by its first key. */
export function isManaged(managed: ManagedSettings | null, key: string): boolean {
  const [first = ''] = key.split('.')
  return managed !== null && !ADDED.has(first) && first in managed.document
}

function readOne(file: string, owner: number): Record<string, unknown> | null {
  try {
    if (process.platform !== 'win32') {
      const { uid, mode } = statSync(file)
      if (uid !== owner || (mode & 0o022) !== 0)
        throw new Error('it has to belong to root, and nobody else may write it')
    }
    const document = JSON.parse(readText(file)) as unknown
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw new Error('it is not a JSON object')
    return document as Record<string, unknown>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new AllowanceError(
      'settings-invalid',
      `the managed settings ${file} cannot be used: ${messageOf(error)}`,
      'ask the administrator of this machine',
      { cause: error },
    )
  }
}

function readText(file: string): string {
  if (!file.endsWith('.plist')) return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  statSync(file)
  return execFileSync('/usr/bin/plutil', ['-convert', 'json', '-o', '-', file], { encoding: 'utf8', timeout: 5_000 })
}
