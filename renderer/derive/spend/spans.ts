import type { Bucket } from '../../../shared/contract/explore.ts'
import { startOfDate } from '../../../shared/values/time-window.ts'
import type { Range } from '../../state/exploration.ts'
import { moment } from '../format/times.ts'
import { todayWindow } from './today.ts'

const DAY_MS = 86_400_000
const DAYS = { today: 1, '7d': 7, '30d': 30, '90d': 90 }

/** A range in a time zone as of a moment. Whole days end tonight, so that the picture does not move with the clock. */
export interface Span {
  sinceMs: number
  untilMs: number
  /** The start of the period before, which is as long. */
  compareMs: number
}

export function spanOf(range: Range, timeZone: string, nowMs: number): Span {
  if (range.kind === 'custom') {
    const sinceMs = momentMs(range.since, timeZone, 'start') ?? todayWindow(timeZone, nowMs).startMs
    const untilMs = Math.max(sinceMs, momentMs(range.until, timeZone, 'end') ?? nowMs)
    return { sinceMs, untilMs, compareMs: sinceMs - (untilMs - sinceMs) }
  }
  const { endMs } = todayWindow(timeZone, nowMs)
  const days = DAYS[range.kind]
  const sinceMs = daysBefore(endMs, days, timeZone)
  return { sinceMs, untilMs: endMs, compareMs: daysBefore(sinceMs, days, timeZone) }
}

/** A date's midnight, or for an end the midnight after it; or a time. */
function momentMs(text: string, timeZone: string, edge: 'start' | 'end'): number | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const startMs = startOfDate(text, timeZone)
    if (startMs === null) return null
    return edge === 'start' ? startMs : todayWindow(timeZone, startMs).endMs
  }
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : atMs
}

/** Twelve hours in from a day's start, so that a clock that was set back or forward cannot land on a neighbour. */
function daysBefore(midnightMs: number, days: number, timeZone: string): number {
  return todayWindow(timeZone, midnightMs + DAY_MS / 2 - days * DAY_MS).startMs
}

/** The buckets that a stretch of time can be cut into, and the one that suits it best. */
export function bucketsOf({ sinceMs, untilMs }: Span): { fitting: Bucket[]; best: Bucket } {
  const days = (untilMs - sinceMs) / DAY_MS
  if (days <= 0.3) return { fitting: ['quarter', 'hour'], best: 'quarter' }
  if (days <= 2.1) return { fitting: ['quarter', 'hour', 'day'], best: 'hour' }
  if (days <= 15) return { fitting: ['hour', 'day', 'week'], best: 'day' }
  if (days <= 100) return { fitting: ['day', 'week', 'month'], best: 'day' }
  return { fitting: ['week', 'month'], best: days > 800 ? 'month' : 'week' }
}

/** What a range is called, in full where it is of one's own. */
export function rangeWords(range: Range, timeZone: string, nowMs: number): string {
  if (range.kind !== 'custom')
    return { today: 'today', '7d': 'in 7 days', '30d': 'in 30 days', '90d': 'in 90 days' }[range.kind]
  const { sinceMs, untilMs } = spanOf(range, timeZone, nowMs)
  return `from ${dayTime(sinceMs, timeZone, nowMs)} to ${dayTime(untilMs, timeZone, nowMs)}`
}

function dayTime(atMs: number, timeZone: string, nowMs: number): string {
  return moment(new Date(atMs).toISOString(), timeZone, nowMs)
}

/** What the period before is called, after `than` or `spent`. */
export function beforeWords(range: Range, isWithin: boolean): string {
  if (range.kind === 'today') return 'yesterday by this time'
  return isWithin ? 'in the period before' : 'the period before'
}

/** From one moment until another, as a range for an address. */
export function exactRange(from: string, until: string): Range {
  return { kind: 'custom', since: from, until }
}
