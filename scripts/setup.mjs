// Installs the dependencies when they are missing or the lock has moved on. Plain Node, no dependency of its own.
//
//   node scripts/setup.mjs
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withCheckoutLock } from './lib/checkout-lock.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'

const OLDEST_NODE = [20, 19]

/** True if what node_modules holds is what package-lock.json asks for. npm keeps its own record of it in node_modules. */
export function isInstalled() {
  const record = inRoot('node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.peer || installed[path]?.version === entry.version,
  )
}

/** Installs unless that is done. Throws with one sentence when this machine cannot. */
export async function setup() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    throw new Error(`Allowance needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}`)
  if (!isInstalled()) await withCheckoutLock('installing', install)
}

async function install() {
  // Somebody else may have done it while we waited for our turn.
  if (isInstalled()) return
  console.error('allowance: installing dependencies (npm ci) …')
  // stdout of our caller is data, so whatever npm has to say goes to stderr.
  const code = await runChild('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}; its reason stands above`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup().catch((error) => {
    console.error(`allowance: ${error.message}`)
    process.exitCode = 1
  })
}
