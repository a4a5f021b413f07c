import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export interface CallerPlace {
  env: Readonly<Record<string, string | undefined>>
  platform: NodeJS.Platform
  /** The Node (or Electron) that we run on. */
  execPath: string
  /** The command line's own file; null where this installation has none. */
  script: string | null
}

/**
 * How to run us from a terminal on this machine: `allowance` where that is on the PATH and leads to this very
 * installation, else the whole command, which works wherever it is pasted.
 */
export function ownCommand({ env, platform, execPath, script }: CallerPlace): string {
  if (script === null) return 'allowance'
  const own = realPath(script)
  const known = findOnPath('allowance', env, platform)
  if (known !== null && (realPath(known) === own || isShimOf(known, own, platform))) return 'allowance'
  const node = findOnPath('node', env, platform)
  // Electron is no Node to a terminal: there a Node on the PATH has to do.
  const isNode = /^node(\.exe)?$/i.test(path.basename(execPath))
  const runtime = isNode && (node === null || realPath(node) !== realPath(execPath)) ? execPath : 'node'
  return `${quoted(runtime, platform)} ${quoted(script, platform)}`
}

/** `bin/allowance.mjs` of this installation, whether we are built or run from the sources. */
export function ownScript(): string | null {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const places = [path.join(here, '..'), path.join(here, '../..'), path.join(here, '../../..')]
  return places.map((place) => path.join(place, 'bin', 'allowance.mjs')).find((file) => existsSync(file)) ?? null
}

export function currentCommand(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return ownCommand({ env, platform: process.platform, execPath: process.execPath, script: ownScript() })
}

/** The first file of that name in the folders of the PATH. */
export function findOnPath(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | null {
  const names = platform === 'win32' ? [`${name}.cmd`, `${name}.exe`, name] : [name]
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter((folder) => folder !== '')
  for (const folder of folders)
    for (const one of names) if (existsSync(path.join(folder, one))) return path.join(folder, one)
  return null
}

/** On Windows npm puts a script beside its packages instead of a link. */
function isShimOf(file: string, own: string, platform: NodeJS.Platform): boolean {
  const packaged = path.join(path.dirname(file), 'node_modules', 'allowance', 'bin', 'allowance.mjs')
  return platform === 'win32' && realPath(packaged) === own
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return path.resolve(file)
  }
}

function quoted(word: string, platform: NodeJS.Platform): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && (platform === 'win32' || !word.includes('\\'))) return word
  return platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`
}
