import { AllowanceError } from '../../../shared/contract/errors.ts'
import { parseMoment } from '../../core/ledger/reports/parse-moment.ts'

/** Epoch milliseconds. Throws `usage` with the forms that are understood. */
export function momentOf(name: string, text: string, timeZone: string, nowMs: number): number {
  const atMs = parseMoment(text, nowMs, timeZone)
  if (atMs !== null) return atMs
  throw new AllowanceError(
    'usage',
    `${name} "${text}" is not a time`,
    'today, yesterday, 24h, 7d, 2026-11-23 or 2026-11-23T14:00Z',
  )
}
