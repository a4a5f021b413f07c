/**
 * A budget's window: a calendar period in a time zone, or a rolling stretch that ends now. Times are epoch
 * milliseconds; `end` is exclusive. A rolling window has no reset: what was spent falls out of it bit by bit.
 */
export interface TimeWindow {
  startMs: number
  endMs: number
  rolling: boolean
}

export const CALENDAR_PERIODS = ['minute', 'hour', 'day', 'week', 'month'] as const
export type CalendarPeriod = (typeof CALENDAR_PERIODS)[number]

export type Period = { calendar: CalendarPeriod } | { rollingMs: number }

const UNIT_MS: Record<string, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** The longest rolling window: 31 days, because its calls are kept one by one. */
const MAX_ROLLING_MS = 31 * 86_400_000

/** `day`, or a duration such as `10 minutes`. Null for anything else. */
export function parsePeriod(text: string): Period | null {
  if ((CALENDAR_PERIODS as readonly string[]).includes(text)) return { calendar: text as CalendarPeriod }
  const rollingMs = parseDuration(text)
  return rollingMs === null || rollingMs > MAX_ROLLING_MS ? null : { rollingMs }
}

/** `90 seconds`, `10 minutes`, `2h`, `1 day` → milliseconds. Null when it is no duration above zero. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)$/i.exec(text.trim())
  if (!match) return null
  const unit = { s: 'second', m: 'minute', h: 'hour', d: 'day' }[match[2]!.charAt(0).toLowerCase()] ?? 'second'
  const durationMs = Math.round(Number(match[1]) * UNIT_MS[unit]!)
  return durationMs > 0 ? durationMs : null
}

/** The window of `period` that holds `atMs`, in an IANA time zone (`Europe/Paris`; `local` is resolved by the caller). */
export function windowAt(period: Period, timeZone: string, atMs: number): TimeWindow {
  if ('rollingMs' in period) return { startMs: atMs - period.rollingMs, endMs: atMs + period.rollingMs, rolling: true }
  const { calendar } = period
  const start = startOf(calendar, localTime(atMs, timeZone))
  if (calendar === 'minute' || calendar === 'hour') return shortWindow(start, UNIT_MS[calendar]!, timeZone, atMs)
  return {
    startMs: firstInstantOf(start, timeZone),
    endMs: firstInstantOf(next(calendar, start), timeZone),
    rolling: false,
  }
}

/** An hour that a clock set back shows twice is two windows; one that the jump cuts short ends at the jump. */
function shortWindow(start: LocalMs, lengthMs: number, timeZone: string, atMs: number): TimeWindow {
  const begins = instantsOf(start, timeZone).filter((instant) => instant <= atMs)
  const begin = begins.length > 0 ? Math.max(...begins) : firstInstantOf(start, timeZone)
  const startMs = begin + Math.floor((atMs - begin) / lengthMs) * lengthMs
  const ends = instantsOf(start + lengthMs, timeZone).filter((instant) => instant > atMs)
  return { startMs, endMs: Math.min(startMs + lengthMs, ...ends), rolling: false }
}

/** True for a zone that the runtime knows. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatter(timeZone)
    return true
  } catch {
    return false
  }
}

/** A wall-clock reading, as if it were UTC: only good for calendar arithmetic. */
type LocalMs = number

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(timeZone: string): Intl.DateTimeFormat {
  let format = formatters.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formatters.set(timeZone, format)
  }
  return format
}

/** Every zone's clock is set at most once in so short a time, and asking for the time in a zone is slow. */
const OFFSET_STEP_MS = 15 * 60_000
/** Offsets that are remembered, over all zones: a year of quarter-hours fits. */
const MAX_OFFSETS = 40_000
/** By zone and quarter-hour; null where the clock is set within it. */
const offsets = new Map<string, Map<number, number | null>>()
let offsetCount = 0

/** What a clock on the wall of `timeZone` shows at an instant, as if it were UTC. */
export function localTime(atMs: number, timeZone: string): LocalMs {
  const step = Math.floor(atMs / OFFSET_STEP_MS)
  let known = offsets.get(timeZone)
  let offset = known?.get(step)
  if (offset === undefined) {
    offset = offsetWithin(step * OFFSET_STEP_MS, timeZone)
    if (offsetCount >= MAX_OFFSETS) {
      offsets.clear()
      offsetCount = 0
      known = undefined
    }
    if (!known) offsets.set(timeZone, (known = new Map<number, number | null>()))
    known.set(step, offset)
    offsetCount += 1
  }
  return offset === null ? askedTime(atMs, timeZone) : atMs + offset
}

/** The zone's offset in a whole quarter-hour; null where it is not one. */
function offsetWithin(startMs: number, timeZone: string): number | null {
  const lastMs = startMs + OFFSET_STEP_MS - 1
  const [first, last] = [startMs, lastMs].map((atMs) => askedTime(atMs, timeZone) - atMs)
  return first === last ? (first ?? null) : null
}

function askedTime(atMs: number, timeZone: string): LocalMs {
  const fields: Record<string, number> = {}
  for (const part of formatter(timeZone).formatToParts(atMs)) fields[part.type] = Number(part.value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((atMs % 1000) + 1000) % 1000)
}

function startOf(period: CalendarPeriod, local: LocalMs): LocalMs {
  const date = new Date(local)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  const day = date.getUTCDate()
  switch (period) {
    case 'minute':
      return Math.floor(local / 60_000) * 60_000
    case 'hour':
      return Math.floor(local / 3_600_000) * 3_600_000
    case 'day':
      return Date.UTC(year, month, day)
    case 'week':
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7))
    case 'month':
      return Date.UTC(year, month, 1)
  }
}

function next(period: 'day' | 'week' | 'month', start: LocalMs): LocalMs {
  const date = new Date(start)
  switch (period) {
    case 'day':
      return start + 86_400_000
    case 'week':
      return start + 7 * 86_400_000
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
  }
}

/** The instants at which a wall clock shows `local`: two when it is set back over it, none when it is set forward over it. */
function instantsOf(local: LocalMs, timeZone: string): number[] {
  return offsetsAround(local, timeZone)
    .map((offset) => local - offset)
    .filter((instant) => localTime(instant, timeZone) === local)
}

/** The first of them; where the clock skips `local` (a day without a midnight), the instant of the jump. */
function firstInstantOf(local: LocalMs, timeZone: string): number {
  const exact = instantsOf(local, timeZone)
  if (exact.length > 0) return Math.min(...exact)
  const offsets = offsetsAround(local, timeZone)
  let low = local - Math.max(...offsets)
  let high = local - Math.min(...offsets)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (localTime(middle, timeZone) < local) low = middle
    else high = middle
  }
  return high
}

/** The zone's offsets a day before and a day after: the only two that can be in force around a wall-clock time. */
function offsetsAround(local: LocalMs, timeZone: string): number[] {
  return [...new Set([-86_400_000, 86_400_000].map((shift) => localTime(local + shift, timeZone) - (local + shift)))]
}
