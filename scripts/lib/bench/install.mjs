import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const cacheFolder = process.env.ALLOWANCE_TEST_CACHE || path.join(homedir(), '.cache', 'allowance-test')
const LIMIT_MS = 10 * 60_000

/** An npm package in a folder of its own, outside the product's dependencies. Throws with the reason. */
export function installPackage(name, version) {
  const folder = path.join(cacheFolder, `bench-${name.replace(/\W+/g, '-')}-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder, 'install-'))
  try {
    writeFileSync(path.join(work, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }))
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], work)
    renameSync(work, folder)
    return folder
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** A Python package in a virtual environment of its own; it knows its own place, so it is made there. */
export function installPython(requirement) {
  const folder = path.join(cacheFolder, `bench-${requirement.replace(/\W+/g, '-')}`)
  const done = path.join(folder, 'installed')
  if (existsSync(done)) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(cacheFolder, { recursive: true })
  try {
    run('python3', ['-m', 'venv', folder], cacheFolder)
    run(path.join(folder, 'bin/pip'), ['install', '--quiet', requirement], cacheFolder)
    writeFileSync(done, '')
    return folder
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Where a program of this machine is; throws with what would bring it. */
export function findProgram(name) {
  const found = (process.env.PATH ?? '')
    .split(path.delimiter)
    .concat('/usr/sbin')
    .map((folder) => path.join(folder, name))
    .find(existsSync)
  if (found) return found
  throw new Error(`no ${name} on this machine; on Debian: apt-get install ${name}`)
}

function run(command, args, cwd) {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS })
  } catch (error) {
    throw new Error(
      String(error.stderr || error.message)
        .trim()
        .split('\n')
        .slice(-2)
        .join(' '),
    )
  }
}
