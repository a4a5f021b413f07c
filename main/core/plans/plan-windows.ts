import { formatReset } from '../../../shared/values/format.ts'
import { TUNING } from './tuning.ts'

/** How much of a signed-in plan's allowance is used in one of its windows, as the provider says with each answer. */
export interface PlanWindow {
  minutes: number
  /** 0 … 1, and beyond where a provider lets it. */
  used: number
  resetsAtMs: number
}

type Headers = Readonly<Record<string, string | undefined>>

const MINUTE_MS = 60_000
/** The windows that Anthropic names in its headers. */
const UNIFIED = [
  ['5h', 5 * 60],
  ['7d', 7 * 24 * 60],
] as const

/** The plan windows that an answer's headers tell of. What is missing or makes no sense is left out. */
export function readPlanWindows(headers: Headers, atMs: number): PlanWindow[] {
  const windows = [
    ...UNIFIED.map(([name, minutes]) => ({
      minutes,
      used: numberOf(headers[`anthropic-ratelimit-unified-${name}-utilization`]),
      resetsAtMs: numberOf(headers[`anthropic-ratelimit-unified-${name}-reset`]) * 1_000,
    })),
    ...['primary', 'secondary'].map((name) => {
      const at = numberOf(headers[`x-codex-${name}-reset-at`])
      const after = numberOf(headers[`x-codex-${name}-reset-after-seconds`])
      return {
        minutes: numberOf(headers[`x-codex-${name}-window-minutes`]),
        used: numberOf(headers[`x-codex-${name}-used-percent`]) / 100,
        resetsAtMs: Number.isNaN(after) ? at * 1_000 : atMs + after * 1_000,
      }
    }),
  ]
  // A window cannot end later than one that begins now.
  return windows.filter(
    ({ minutes, used, resetsAtMs }) =>
      minutes > 0 && used >= 0 && resetsAtMs > atMs && resetsAtMs <= atMs + (minutes + 1) * MINUTE_MS,
  )
}

/** When a window is used up at its pace so far; null where it ends first, or is not telling yet. */
export function planUsedUpAt({ minutes, used, resetsAtMs }: PlanWindow, atMs: number): number | null {
  if (used >= 1) return atMs
  const sinceMs = atMs - (resetsAtMs - minutes * MINUTE_MS)
  if (used < TUNING.ENOUGH_USED || sinceMs <= 0) return null
  const fullMs = atMs + (sinceMs * (1 - used)) / used
  if (fullMs < resetsAtMs) return fullMs
  return used >= TUNING.NEARLY_USED ? resetsAtMs : null
}

/** `5 h: 42 % used, resets 14:00`. */
export function planSentence({ minutes, used, resetsAtMs }: PlanWindow, timeZone: string, nowMs: number): string {
  return `${planWindowName(minutes)}: ${Math.floor(used * 100)} % used, resets ${formatReset(resetsAtMs, timeZone, nowMs)}`
}

/** `5 h`, `7 days`. */
export function planWindowName(minutes: number): string {
  const hours = minutes / 60
  return hours >= 48 && hours % 24 === 0 ? `${hours / 24} days` : `${Math.round(hours * 10) / 10} h`
}

function numberOf(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text)
}
