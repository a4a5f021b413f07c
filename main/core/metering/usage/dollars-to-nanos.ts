import type { UsdNanos } from '../../../../shared/values/money.ts'
import { numberOf } from '../framing/lenient-json.ts'

/**
 * A provider's own cost in dollars (a JSON number or text) as nano-dollars, null when it states none. Rounded to the
 * nearest: the number was a decimal before JSON made it binary.
 */
export function dollarsToNanos(value: unknown): UsdNanos | null {
  const dollars = numberOf(value)
  return dollars === null || dollars > 1e6 ? null : Math.round(dollars * 1e9)
}
