import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication } from 'playwright-core'
import { findTestElectron } from '../../../scripts/lib/machine.mjs'
import type { DesktopSession } from './display.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))

export interface ElectronAppOptions {
  /** Folder of the app: default this checkout, whose package.json leads to out/desktop/main.cjs. */
  appPath?: string
  args?: string[]
  env?: Record<string, string>
}

/** Program and arguments that open an app. Throws where there is no Electron: guard the suite with `machineLacks('electron')`. */
export function electronCommand(appPath = checkout, args: string[] = []): [executable: string, args: string[]] {
  const dist = findTestElectron()
  if (dist === null) throw new Error('no Electron; guard the suite with machineLacks("electron")')
  // Chromium refuses to run as root with its sandbox on; root is what one is in a container.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return [path.join(dist, 'electron'), [...asRoot, appPath, ...args]]
}

/** Opens a built Electron app on `session`, driven by Playwright. The caller closes it, before the session. */
export async function launchElectronApp(
  session: DesktopSession,
  { appPath, args, env = {} }: ElectronAppOptions = {},
): Promise<ElectronApplication> {
  const [executablePath, everyArgument] = electronCommand(appPath, args)
  return _electron.launch({
    executablePath,
    args: everyArgument,
    env: { ...session.env, ...env },
    timeout: 30_000,
  })
}
