import Store from 'electron-store'
import { z } from 'zod'
import { quietHoursSchema } from '../../../shared/contract/desktop-view.ts'

/** What the desktop remembers between runs, and nothing that the gateway needs. A value that makes no sense is forgotten. */
const desktopSettingsSchema = z.object({
  window: z
    .object({
      bounds: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      isMaximized: z.boolean(),
    })
    .nullable()
    .catch(null),
  /** Whether quitting says first that the gateway ends with the app. */
  confirmQuit: z.boolean().catch(true),
  /** Whether notices pop up at all. */
  notifications: z.boolean().catch(true),
  quietHours: quietHoursSchema.nullable().catch(null),
  /** Keys of notices that were shown as notifications, oldest first. */
  shownNotices: z.array(z.string()).catch([]),
})
export type DesktopSettings = z.infer<typeof desktopSettingsSchema>

export interface SettingsStore {
  read(): DesktopSettings
  write(changes: Partial<DesktopSettings>): void
}

/** Opens `desktop.json` in Electron's user data folder. The folder has to be set before. */
export function openSettingsStore(): SettingsStore {
  // A file that was cut off by a crash is not worth more than the settings in it: start over.
  const store = new Store<Record<string, unknown>>({ name: 'desktop', clearInvalidConfig: true })
  return {
    read: () => desktopSettingsSchema.parse(store.store),
    write: (changes) => store.set({ ...store.store, ...changes }),
  }
}
