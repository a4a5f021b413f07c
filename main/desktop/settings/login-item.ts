import { mkdirSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { app } from 'electron'
import { HIDDEN_ARGUMENT, autostartEntry, autostartFile } from './autostart.ts'

/** Whether the app opens at login; null where that makes no sense: a checkout moves and is rebuilt. */
export function opensAtLogin(): boolean | null {
  if (!app.isPackaged) return null
  if (process.platform === 'linux') return existsSync(autostartFile(process.env))
  return app.getLoginItemSettings({ args: [HIDDEN_ARGUMENT] }).openAtLogin
}

export function setOpensAtLogin(opens: boolean): void {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: opens, args: [HIDDEN_ARGUMENT] })
    return
  }
  const file = autostartFile(process.env)
  if (!opens) return rmSync(file, { force: true })
  mkdirSync(path.dirname(file), { recursive: true })
  // An AppImage runs from a mount that is gone after a reboot: the file itself is what starts it.
  writeFileSync(file, autostartEntry(process.env.APPIMAGE ?? process.execPath))
}
