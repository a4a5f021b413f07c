import { parseDuration, startOfDate, windowAt } from '../../../../shared/values/time-window.ts'

/**
 * A moment as people write it: `today`, `yesterday`, `now`, a time ago (`7d`, `24h`, `90m`), a date (its midnight in
 * the time zone) or a time (ISO 8601). Epoch milliseconds; null when it is none of these.
 */
export function parseMoment(text: string, nowMs: number, timeZone: string): number | null {
  const word = text.trim()
  if (word === 'now') return nowMs
  const today = windowAt({ calendar: 'day' }, timeZone, nowMs).startMs
  if (word === 'today') return today
  if (word === 'yesterday') return windowAt({ calendar: 'day' }, timeZone, today - 1).startMs
  const weeks = /^(\d{1,3})\s*w(eeks?)?$/i.exec(word)
  const agoMs = weeks ? Number(weeks[1]) * 7 * 86_400_000 : parseDuration(word)
  if (agoMs !== null) return nowMs - agoMs
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return startOfDate(word, timeZone)
  const atMs = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(word) ? Date.parse(word) : Number.NaN
  return Number.isNaN(atMs) ? null : atMs
}
