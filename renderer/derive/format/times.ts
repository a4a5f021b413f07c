import { formatDuration } from '../../../shared/values/format.ts'

const formatters = new Map<string, Intl.DateTimeFormat>()

function format(atMs: number, timeZone: string, name: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${name} ${timeZone}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options })
    formatters.set(key, formatter)
  }
  return formatter.format(atMs)
}

/** `14:05` in the policy's time zone. */
export function clock(at: string | number, timeZone: string): string {
  return format(new Date(at).getTime(), timeZone, 'clock', { hour: '2-digit', minute: '2-digit' })
}

/** `2026-11-23` in a time zone, to tell one day from another. */
export function day(at: string | number, timeZone: string): string {
  return format(new Date(at).getTime(), timeZone, 'iso-day', { year: 'numeric', month: '2-digit', day: '2-digit' })
    .split('/')
    .reverse()
    .join('-')
}

/** `14:05:09`. */
export function clockSeconds(at: string | number, timeZone: string): string {
  return format(new Date(at).getTime(), timeZone, 'seconds', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** `23 Nov, 14:05:09`. */
export function dayClock(at: string, timeZone: string): string {
  return `${format(new Date(at).getTime(), timeZone, 'day', { day: 'numeric', month: 'short' })}, ${clockSeconds(at, timeZone)}`
}

/** `14:05` today, `22 Nov, 14:05` on another day. */
export function moment(at: string, timeZone: string, nowMs: number): string {
  const atMs = new Date(at).getTime()
  const date = (ms: number) => format(ms, timeZone, 'day', { day: 'numeric', month: 'short' })
  return date(atMs) === date(nowMs) ? clock(atMs, timeZone) : `${date(atMs)}, ${clock(atMs, timeZone)}`
}

/** A bucket of a chart: `14:00`, `Mon 23 Nov`, `Nov 2026`. */
export function bucketLabel(
  at: string,
  bucket: 'quarter' | 'hour' | 'day' | 'week' | 'month',
  timeZone: string,
): string {
  const atMs = new Date(at).getTime()
  if (bucket === 'month') return format(atMs, timeZone, 'month', { month: 'short', year: 'numeric' })
  if (bucket === 'quarter' || bucket === 'hour') return clock(atMs, timeZone)
  return format(atMs, timeZone, 'day', { day: 'numeric', month: 'short' })
}

/** A bucket in full: `Mon 23 Nov, 14:00–15:00`, `Mon 23 Nov`, `23 Nov – 29 Nov`. */
export function bucketSpan(
  { from, until }: { from: string; until: string },
  bucket: 'quarter' | 'hour' | 'day' | 'week' | 'month',
  timeZone: string,
): string {
  const fromMs = new Date(from).getTime()
  const weekday = format(fromMs, timeZone, 'weekday', { weekday: 'short', day: 'numeric', month: 'short' })
  if (bucket === 'day') return weekday
  if (bucket === 'quarter' || bucket === 'hour') return `${weekday}, ${clock(from, timeZone)}–${clock(until, timeZone)}`
  if (bucket === 'month') return bucketLabel(from, bucket, timeZone)
  const last = format(new Date(until).getTime() - 1, timeZone, 'day', { day: 'numeric', month: 'short' })
  return `${bucketLabel(from, bucket, timeZone)} – ${last}`
}

/**
 * A stretch of time as it is read: whole days by their dates, less than a day by its hours, anything else by both ends.
 * `Mon 23 Nov`, `17 Nov – 23 Nov`, `Mon 23 Nov, 14:00–15:00`, `22 Nov, 14:00 – 09:30`.
 */
export function spanWords(span: { from: string; until: string }, timeZone: string, nowMs: number): string {
  const { from, until } = span
  const isWholeDays = [from, until].every((at) => clockSeconds(at, timeZone) === '00:00:00') && from !== until
  if (isWholeDays) {
    const isOneDay = day(from, timeZone) === day(new Date(until).getTime() - 1, timeZone)
    return bucketSpan(span, isOneDay ? 'day' : 'week', timeZone)
  }
  const isWithinADay = day(from, timeZone) === day(until, timeZone)
  return isWithinADay
    ? bucketSpan(span, 'hour', timeZone)
    : `${moment(from, timeZone, nowMs)} – ${moment(until, timeZone, nowMs)}`
}

/** `2026-11-23` in a time zone: what a date field takes. */
export function dateField(atMs: number, timeZone: string): string {
  const date = format(atMs, timeZone, 'date', { year: 'numeric', month: '2-digit', day: '2-digit' })
  return date.split('/').reverse().join('-')
}

/** `00:00` for the next midnight, `1 Dec, 00:00` for one further away: a month does not end tonight. */
export function resetTime(at: string, timeZone: string, nowMs: number): string {
  return new Date(at).getTime() - nowMs <= 25 * 3_600_000 ? clock(at, timeZone) : moment(at, timeZone, nowMs)
}

/** `just now`, `4 min ago`, `2 h 05 ago`. */
export function ago(at: string, nowMs: number): string {
  const passedMs = nowMs - new Date(at).getTime()
  return passedMs < 5_000 ? 'just now' : `${whole(passedMs)} ago`
}

/** `in 5 h 12`; `now` when it is past. */
export function until(at: string | number, nowMs: number): string {
  const leftMs = new Date(at).getTime() - nowMs
  return leftMs <= 0 ? 'now' : `in ${whole(leftMs)}`
}

/** Whole seconds under a minute: tenths that nobody can follow only flicker. */
function whole(durationMs: number): string {
  return durationMs < 60_000 ? `${Math.max(1, Math.floor(durationMs / 1_000))} s` : formatDuration(durationMs)
}

/** A running call's age: `0.4 s`, `12.0 s`, `1:05`; always as wide as its neighbours. */
export function stopwatch(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const wholeSeconds = Math.floor(seconds)
  return `${Math.floor(wholeSeconds / 60)}:${String(wholeSeconds % 60).padStart(2, '0')}`
}
