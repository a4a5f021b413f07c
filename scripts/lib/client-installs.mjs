import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { inRoot } from './root.mjs'

const cacheFolder = process.env.ALLOWANCE_TEST_CACHE || path.join(homedir(), '.cache', 'allowance-test')
const INSTALL_LIMIT_MS = 8 * 60_000

/** The clients of the matrix, by the folder that each group is installed into. Versions are exact. */
const versions = JSON.parse(readFileSync(inRoot('test/clients/clients.json'), 'utf8'))

/**
 * Installs a group into a folder of its own, outside the product's dependencies, unless it is there.
 * Returns `{ folder, failure }`; `failure` says why it could not be had, and what would enable it.
 */
export function ensureClients(group) {
  const wanted = versions[group]
  const mark = createHash('sha256')
    .update(JSON.stringify([wanted, process.version]))
    .digest('hex')
    .slice(0, 10)
  const folder = path.join(cacheFolder, `clients-${group}-${mark}`)
  if (existsSync(folder)) return { folder, failure: null }
  mkdirSync(cacheFolder, { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder, 'install-'))
  try {
    if (group === 'python') installPython(work, folder, wanted)
    else installNode(work, wanted)
    // A virtual environment knows its own place, so it is made there; a folder of packages is moved when it is whole.
    if (group !== 'python') renameSync(work, folder)
    return { folder, failure: null }
  } catch (error) {
    if (group === 'python') rmSync(folder, { recursive: true, force: true })
    return {
      folder,
      failure: `${String(error.stderr ?? error.message)
        .trim()
        .split('\n')
        .slice(-2)
        .join(' ')}; enable with: ${enableCommand(group, wanted)}`,
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Where the programs of the matrix can find the packages: beside them. */
export function copyPrograms(folder) {
  cpSync(inRoot('test/clients/programs'), path.join(folder, 'programs'), { recursive: true, force: true })
}

function installNode(folder, packages) {
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: packages }),
  )
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder)
}

function installPython(work, folder, packages) {
  const requirements = path.join(work, 'requirements.txt')
  writeFileSync(requirements, pinned(packages).join('\n'))
  run('python3', ['-m', 'venv', folder], work)
  run(path.join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', requirements], work)
}

function run(program, args, cwd) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_LIMIT_MS })
}

const pinned = (packages) => Object.entries(packages).map(([name, version]) => `${name}==${version}`)

function enableCommand(group, packages) {
  if (group === 'python') return `python3 -m venv VENV && VENV/bin/pip install ${pinned(packages).join(' ')}`
  return `npm install ${Object.entries(packages)
    .map(([name, version]) => `${name}@${version}`)
    .join(' ')}`
}
