import type { ImportAnswer } from '../../../shared/contract/import.ts'
import type { SettingsView } from '../../../shared/contract/settings-view.ts'

/** The gateway's `settings.json`. Changes count from its next start. */
export interface SettingsApi {
  view: () => Promise<SettingsView>
  /** Rejects with what is wrong with the value; nothing is written then. */
  set: (key: string, value: SettingValue) => Promise<void>
  /** Back to the default. */
  unset: (key: string) => Promise<void>
  /** Reads the session files that agents keep on the gateway's machine. */
  importHistory: () => Promise<ImportAnswer>
  /** How many answers are forgotten. */
  removeImported: () => Promise<number>
}

export type SettingValue = SettingsView['settings'][number]['value']
