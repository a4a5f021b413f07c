import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { app, dialog } from 'electron'
import { callUsAs } from '../../shared/values/command-line.ts'
import { messageOf } from '../../shared/contract/errors.ts'
import { currentCommand } from '../platform/home/own-command.ts'
import { ensureHome, resolveHome } from '../platform/home/paths.ts'
import { readArguments } from './settings/desktop-arguments.ts'
import { declarePageScheme } from './window/page-protocol.ts'
import { runDesktop } from './run-desktop.ts'

/** One app a home: the lock lies in the user data folder, and that lies in the home. */
function main(): void {
  const { isHidden, env: said } = readArguments(process.argv.slice(1))
  const env = { ...process.env, ...said } as Record<string, string>
  const home = resolveHome(env)
  callUsAs(currentCommand(env))
  try {
    ensureHome(home)
    mkdirSync(path.join(home, 'desktop'), { recursive: true, mode: 0o700 })
  } catch (error) {
    dialog.showErrorBox('Allowance cannot start', messageOf(error))
    return app.exit(1)
  }
  app.setPath('userData', path.join(home, 'desktop'))
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.setAppUserModelId('dev.allowance.desktop')
  declarePageScheme()
  void app.whenReady().then(() => runDesktop({ home, env: { ...env, ALLOWANCE_HOME: home }, isHidden }))
}

main()
