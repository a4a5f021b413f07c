/** Numbers and times for people. Everything is pure: the caller says which time it is and where. */

/** `48.2k`, `1.3M`, `950`. */
export function formatTokens(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 999_950) return `${trim(count / 1_000)}k`
  return `${trim(count / 1_000_000)}M`
}

/** `812 ms`, `4.2 s`, `3 min`, `2 h 05`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${trim(durationMs / 1_000)} s`
  const minutes = Math.round(durationMs / 60_000)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`
}

/** `00:00 Europe/Paris` for today or tomorrow, with the date when it is further away. */
export function formatReset(atMs: number, timeZone: string, nowMs: number): string {
  const { time, date } = resetFormats(timeZone)
  if (atMs - nowMs <= 25 * 3_600_000) return `${time.format(atMs)} ${timeZone}`
  return `${date.format(atMs)} ${time.format(atMs)} ${timeZone}`
}

/**
 * A stretch of time in a sentence: `from 14:00 to 15:00 UTC`; whole days by their dates, `on 23 Nov`, `from 17 Nov to 23 Nov`;
 * longer than a day with both dates.
 */
export function formatStretch(fromMs: number, untilMs: number, timeZone: string): string {
  const { time, date } = resetFormats(timeZone)
  const isWholeDays = untilMs - fromMs > 20 * 3_600_000 && [fromMs, untilMs].every((ms) => time.format(ms) === '00:00')
  if (isWholeDays) {
    const [first, last] = [date.format(fromMs), date.format(untilMs - 1)]
    return first === last ? `on ${first}` : `from ${first} to ${last}`
  }
  if (untilMs - fromMs <= 25 * 3_600_000) return `from ${time.format(fromMs)} to ${time.format(untilMs)} ${timeZone}`
  return `from ${date.format(fromMs)} ${time.format(fromMs)} to ${date.format(untilMs)} ${time.format(untilMs)} ${timeZone}`
}

/** A day or a week by the date on which it begins, a month by its name: `Mon, 23 Nov 2026`, `week of …`, `November 2026`. */
export function formatPeriod(period: 'day' | 'week' | 'month', startMs: number, timeZone: string): string {
  const parts: Intl.DateTimeFormatOptions =
    period === 'month'
      ? { month: 'long', year: 'numeric' }
      : { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }
  const name = new Intl.DateTimeFormat('en-GB', { timeZone, ...parts }).format(startMs)
  return period === 'week' ? `week of ${name}` : name
}

const formats = new Map<string, { time: Intl.DateTimeFormat; date: Intl.DateTimeFormat }>()

/** Making one takes longer than all else of a sentence; there are as many as policies name time zones. */
function resetFormats(timeZone: string): { time: Intl.DateTimeFormat; date: Intl.DateTimeFormat } {
  let known = formats.get(timeZone)
  if (!known) {
    const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    known = { time, date: new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }) }
    formats.set(timeZone, known)
  }
  return known
}

function trim(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))
}
