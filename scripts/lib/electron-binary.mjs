import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inRoot } from './root.mjs'
import { runChild } from './run-child.mjs'

const DOWNLOAD_LIMIT_MS = 180_000
const BINARY = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron'

/** True if a window can be shown here. */
export function hasDisplay() {
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/** The Electron to run the desktop app with, or null: ELECTRON_OVERRIDE_DIST_PATH first, then what the package downloaded. */
export function findElectronBinary() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const candidates = override
    ? [path.join(override, BINARY)]
    : [path.join(inRoot('node_modules/electron/dist'), BINARY)]
  return candidates.find((file) => existsSync(file)) ?? null
}

/** Lets Electron's own installer fetch its binary, once: a network that has no way to it should not cost every start a wait. */
export async function downloadElectron() {
  const version = JSON.parse(readFileSync(inRoot('node_modules/electron/package.json'), 'utf8')).version
  console.error(`allowance: downloading Electron ${version}, once …`)
  const options = { cwd: inRoot(), timeoutMs: DOWNLOAD_LIMIT_MS, stdio: ['ignore', 2, 'ignore'] }
  return runChild(process.execPath, [inRoot('node_modules/electron/install.js')], options)
}
