import { z } from 'zod'
import { localTime } from '../../../../../shared/values/time-window.ts'
import { describeFound, listed } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase } from '../rule/rule-schema.ts'

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const
const wallClock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "22:00"')

const schema = z.strictObject({
  ...ruleBase('quiet-hours'),
  from: wallClock,
  to: wallClock,
  /** The days on which the hours begin; every day when left out. */
  days: z.array(z.enum(DAYS)).min(1).optional(),
})
export type QuietHoursRule = z.infer<typeof schema>

const DAY_MINUTES = 1_440

/** Hours in which nobody is watching, in the policy's time zone. They may pass midnight; `to` is the first minute after. */
export const quietHours: Guard<QuietHoursRule> = {
  name: 'quiet-hours',
  schema,
  describe: (rule) => describeFound(rule, hoursOf(rule)),
  check: ({ nowMs, timeZone }, rule) => {
    if (!isQuiet(rule, nowMs, timeZone)) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'quiet-hours',
      reason: `these are quiet hours, from ${rule.from} to ${rule.to} ${timeZone}`,
      ...(rule.from === rule.to ? {} : { advice: `Calls are allowed again at ${rule.to}.` }),
      delayMs: 20_000,
    }
  },
}

/** `between 22:00 and 06:00`, on the days that they are about. */
function hoursOf({ from, to, days }: QuietHoursRule): string {
  const on =
    days &&
    listed(
      days.map((day) => `${day.slice(0, 1).toUpperCase()}${day.slice(1)}`),
      'and',
    )
  if (from === '00:00' && to === '00:00') return on ? `on ${on}` : 'at any time'
  const hours = `between ${from} and ${to}`
  if (on === undefined) return hours
  return from < to ? `${hours} on ${on}` : `${hours} of nights that begin on ${on}`
}

function isQuiet({ from, to, days }: QuietHoursRule, nowMs: number, timeZone: string): boolean {
  const wall = new Date(localTime(nowMs, timeZone))
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes()
  const start = minutesOf(from)
  const length = (minutesOf(to) - start + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
  const since = (minute - start + DAY_MINUTES) % DAY_MINUTES
  if (since >= length) return false
  const begunOn = DAYS[(wall.getUTCDay() + (minute < start ? 6 : 0)) % 7]
  return days === undefined || (begunOn !== undefined && days.includes(begunOn))
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
