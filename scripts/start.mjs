// npm start: installs what is missing, builds, and opens the desktop app; where that cannot be, serves the same
// dashboard to a browser tab. Arguments go to whichever of the two runs: `npm start -- --port 0`.
import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from './build.mjs'
import { downloadElectron, findElectronBinary, hasDisplay } from './lib/electron-binary.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild, wasEndedBySignal } from './lib/run-child.mjs'
import { setup } from './setup.mjs'

/** A desktop app that fails this soon never came up (no sandbox, a missing library): the browser tab takes its place. */
const CAME_UP_MS = 10_000

async function start(args) {
  await setup()
  await build()
  const reason = await whyNoDesktop()
  if (reason === null) {
    const startedMs = Date.now()
    const code = await openDesktop(args)
    if (code === 0 || wasEndedBySignal(code) || Date.now() - startedMs > CAME_UP_MS) return process.exit(code)
    return serve(args, `the desktop app ended with exit code ${code}`)
  }
  return serve(args, reason)
}

/** Null if the desktop app can be opened, else the reason in a few words. */
async function whyNoDesktop() {
  if (!existsSync(inRoot('out/desktop/main.cjs'))) return 'the desktop app is not built'
  if (!hasDisplay()) return 'no display'
  if (findElectronBinary() !== null) return null
  const tried = inRoot('node_modules/.electron-download-tried')
  if (!process.env.ELECTRON_OVERRIDE_DIST_PATH && !existsSync(tried)) {
    writeFileSync(tried, '')
    const code = await downloadElectron()
    if (wasEndedBySignal(code)) process.exit(code)
    if (findElectronBinary() !== null) return null
  }
  return 'no Electron runtime (retry with: npx install-electron)'
}

function openDesktop(args) {
  // Chromium refuses to run as root with its sandbox on; root is what one is in a container.
  const asRoot = process.platform === 'linux' && process.getuid() === 0 ? ['--no-sandbox'] : []
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env
  return runChild(findElectronBinary(), [...asRoot, root, ...args], { cwd: root, env })
}

/** In this very process, so that ctrl-C reaches the gateway and nothing else. */
function serve(args, reason) {
  console.error(`allowance: ${reason}, so the dashboard is for a browser tab: open the link below`)
  if (!existsSync(inRoot('out/cli.cjs'))) throw new Error('out/cli.cjs is missing')
  process.argv = [process.argv[0], inRoot('bin/allowance.mjs'), 'serve', ...args]
  createRequire(import.meta.url)(inRoot('out/cli.cjs'))
}

await start(process.argv.slice(2)).catch((error) => {
  console.error(`allowance: ${error.message}`)
  process.exitCode = 1
})
