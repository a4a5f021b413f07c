import { z } from 'zod'

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:00')

/** Hours in which nothing pops up; over midnight where `from` is later than `until`. */
export const quietHoursSchema = z.strictObject({ from: timeOfDay, until: timeOfDay })
export type QuietHours = z.infer<typeof quietHoursSchema>

/** What the desktop app itself lets a person change. It counts at once. */
export const desktopChangesSchema = z.strictObject({
  notifications: z.boolean().optional(),
  quietHours: quietHoursSchema.nullable().optional(),
  opensAtLogin: z.boolean().optional(),
})
export type DesktopChanges = z.infer<typeof desktopChangesSchema>

export interface DesktopView {
  notifications: boolean
  quietHours: QuietHours | null
  /** Null where the system has no such thing. */
  opensAtLogin: boolean | null
  /** Whether the gateway is the app's own, so that the app can start it anew. */
  canRestart: boolean
}
