// npm run package: builds everything afresh and makes installers for this machine into dist/.
// Arguments go to electron-builder: `npm run package -- --linux dir`. An Electron that was fetched some other way is
// taken from ELECTRON_OVERRIDE_DIST_PATH.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from './build.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'
import { setup } from './setup.mjs'

try {
  await setup()
  await build({ force: true })
  const program = inRoot('node_modules/electron-builder/cli.js')
  process.exitCode = await runChild(process.execPath, [program, ...ownElectron(), ...process.argv.slice(2)], {
    cwd: root,
  })
} catch (error) {
  console.error(`allowance: ${error.message}`)
  process.exitCode = 1
}

function ownElectron() {
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (!dist) return []
  const version = readFileSync(path.join(dist, 'version'), 'utf8').trim().replace(/^v/, '')
  return [`-c.electronDist=${dist}`, `-c.electronVersion=${version}`]
}
