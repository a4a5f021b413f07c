import type { QuietHours } from '../../../shared/contract/desktop-view.ts'

/** Whether a local time of day lies in the quiet hours; `from` itself does, `until` does not. Equal ends mean the whole day. */
export function isQuiet(quiet: QuietHours | null, minutes: number): boolean {
  if (quiet === null) return false
  const [from, until] = [minutesOf(quiet.from), minutesOf(quiet.until)]
  return from < until ? minutes >= from && minutes < until : minutes >= from || minutes < until
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
