import { z } from 'zod'

/** Where a value comes from, the strongest first: the administrator of the machine, the command line, the environment, `settings.json`, the default. */
export const settingSourceSchema = z.enum(['managed', 'flag', 'environment', 'file', 'default'])
export type SettingSource = z.infer<typeof settingSourceSchema>

/** The settings as the window shows them: one entry for each that a person may change. */
export const settingsViewSchema = z.object({
  schema: z.literal(1),
  /** `settings.json` of the home. */
  file: z.string(),
  /** What is written there now says something else than what the gateway started with. */
  needsRestart: z.boolean(),
  settings: z.array(
    z.object({
      /** `policy.url`: the keys on the way to it. */
      key: z.string(),
      variable: z.string(),
      source: settingSourceSchema,
      /** What counts now, or after the next start where `isPending`. */
      value: z.json(),
      default: z.json(),
      isPending: z.boolean(),
    }),
  ),
})
export type SettingsView = z.infer<typeof settingsViewSchema>
