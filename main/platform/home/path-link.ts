import { lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { AllowanceError } from '../../../shared/contract/errors.ts'

/** The link by which a terminal finds us, in the folder that the XDG base directories name for a user's own programs. */
export interface PathLink {
  file: string
  /** `other`: something of that name that is not ours. `elsewhere`: another installation of ours. */
  state: 'absent' | 'ours' | 'elsewhere' | 'other'
}

export function findPathLink(home: string, script: string): PathLink {
  const file = path.join(home, '.local', 'bin', 'allowance')
  try {
    if (!lstatSync(file).isSymbolicLink()) return { file, state: 'other' }
  } catch {
    return { file, state: 'absent' }
  }
  const target = path.resolve(path.dirname(file), readlinkSync(file))
  if (realPath(target) === realPath(script)) return { file, state: 'ours' }
  return { file, state: isInstallation(target) ? 'elsewhere' : 'other' }
}

/** Makes the link, or turns one of another installation to this one. Throws `not-allowed` for what is not ours. */
export function makePathLink({ file, state }: PathLink, script: string): void {
  if (state === 'ours') return
  if (state === 'other') {
    throw new AllowanceError(
      'not-allowed',
      `${file} already exists and was not made by Allowance, so it is left alone`,
      `move it away first: mv ${file} ${file}.before`,
    )
  }
  mkdirSync(path.dirname(file), { recursive: true })
  if (state === 'elsewhere') rmSync(file)
  symlinkSync(script, file)
}

/** Takes our own link away, and no other. @returns whether there was one */
export function removePathLink(home: string, script: string): boolean {
  const { file, state } = findPathLink(home, script)
  if (state !== 'ours') return false
  rmSync(file)
  return true
}

/** A command line of this product, wherever it lies; one whose folder is gone counts by its name. */
function isInstallation(target: string): boolean {
  if (!target.endsWith(path.join('bin', 'allowance.mjs'))) return false
  try {
    const manifest = JSON.parse(readFileSync(path.join(target, '..', '..', 'package.json'), 'utf8')) as {
      name?: unknown
    }
    return manifest.name === 'allowance'
  } catch {
    return true
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return path.resolve(file)
  }
}
