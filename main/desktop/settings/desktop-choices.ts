import { type DesktopChanges, desktopChangesSchema, type DesktopView } from '../../../shared/contract/desktop-view.ts'
import { opensAtLogin, setOpensAtLogin } from './login-item.ts'
import type { SettingsStore } from './settings-store.ts'

/** What the window shows of the app's own settings. */
export function desktopView(settings: SettingsStore, canRestart: boolean): DesktopView {
  const { notifications, quietHours } = settings.read()
  return { notifications, quietHours, opensAtLogin: opensAtLogin(), canRestart }
}

/** Takes over what the window asks for. Throws where it is nothing that can be changed. */
export function changeDesktop(settings: SettingsStore, asked: unknown): void {
  const { opensAtLogin: opens, ...others }: DesktopChanges = desktopChangesSchema.parse(asked)
  if (opens !== undefined) setOpensAtLogin(opens)
  const kept = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined))
  if (Object.keys(kept).length > 0) settings.write(kept)
}
