import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import { resolveHomeFolder } from './home-folder.ts'

type Env = Record<string, string | undefined>

/** The files of a home. Everything that the product keeps lies below this one folder. */
export interface HomePaths {
  home: string
  settings: string
  ledger: string
  prices: string
  runtime: string
  lock: string
  lastPolicy: string
  statusline: string
  proxyToken: string
  trustedHosts: string
  ownRules: string
  telemetry: string
  machineId: string
  log: string
}

export function homePaths(home: string): HomePaths {
  return {
    home,
    settings: path.join(home, 'settings.json'),
    ledger: path.join(home, 'ledger.sqlite'),
    prices: path.join(home, 'prices.json'),
    runtime: path.join(home, 'runtime.json'),
    lock: path.join(home, 'gateway.lock'),
    lastPolicy: path.join(home, 'last-policy.json'),
    statusline: path.join(home, 'statusline.json'),
    proxyToken: path.join(home, 'proxy-token'),
    trustedHosts: path.join(home, 'trusted-hosts.json'),
    ownRules: path.join(home, 'own-rules.json'),
    telemetry: path.join(home, 'telemetry.json'),
    machineId: path.join(home, 'machine-id'),
    log: path.join(home, 'gateway.log'),
  }
}

/** Where the home is (home-folder.ts). Touches nothing. */
export function resolveHome(env: Env, platform: NodeJS.Platform = process.platform): string {
  return resolveHomeFolder(env, platform)
}

/**
 * Makes the home, for its user alone (0700), and checks that it can be written. Throws `home-not-writable` with the
 * path and what to do.
 */
export function ensureHome(home: string): HomePaths {
  try {
    const made = makeFolders(path.resolve(home))
    if (made !== null && made !== path.resolve(home)) writeFileSync(path.join(home, MADE_FILE), made, { mode: 0o600 })
    if (process.platform !== 'win32' && (statSync(home).mode & 0o077) !== 0) chmodSync(home, 0o700)
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new AllowanceError(
      'home-not-writable',
      `the home ${home} cannot be written: ${messageOf(error)}`,
      'make it writable, or name another one: export ALLOWANCE_HOME=DIR',
      { cause: error },
    )
  }
  return homePaths(home)
}

/**
 * Step by step, because `recursive` never returns where a folder seems to exist and takes nothing (`/proc`).
 * @returns the outermost folder that was made, null when all were there
 */
function makeFolders(folder: string): string | null {
  if (existsSync(folder)) return null
  const made = makeFolders(path.dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return made
  }
  return made ?? folder
}

/** Where the first of the folders stands that were made on the way to the home, so that `uninstall` can take them away again. */
const MADE_FILE = 'made-folders'

/** The folders above the home that were made for it, innermost first. */
export function foldersMadeFor(home: string): string[] {
  let first: string
  try {
    first = readFileSync(path.join(home, MADE_FILE), 'utf8')
  } catch {
    return []
  }
  const folders: string[] = []
  for (let folder = path.dirname(home); folder.startsWith(first); folder = path.dirname(folder)) folders.push(folder)
  return folders
}

/** A home that lasts as long as one run. */
export function temporaryHome(): { home: string; remove(): void } {
  const home = mkdtempSync(path.join(tmpdir(), 'allowance-'))
  return { home, remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }) }
}
