/**
 * Money is integer nano-dollars (1 USD = 1,000,000,000). Dollars exist only at the edges: `parseUsd` on the way in,
 * `formatUsd` on the way out. A number is exact up to 2^53 nanos, that is nine million dollars: more than any ledger
 * of one developer holds, and checked in `assertNanos`. Products of rates and tokens are made in BigInt (price-usage).
 */
export type UsdNanos = number

export const NANOS_PER_USD = 1_000_000_000
/** The most that an amount can be; sums and products that would pass it stay at it. */
export const MAX_NANOS = Number.MAX_SAFE_INTEGER

/** Throws on what cannot be an amount: a fraction of a nano-dollar, NaN, or more than 2^53 nanos. */
export function assertNanos(amount: number): UsdNanos {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not an integer amount of nano-dollars: ${amount}`)
  return amount
}

/** `"10.00"` → 10_000_000_000. Null when the text is no decimal amount with at most nine decimal places. */
export function parseUsd(text: string): UsdNanos | null {
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text.trim())
  if (!match) return null
  return Number(match[1]) * NANOS_PER_USD + Number((match[2] ?? '').padEnd(9, '0'))
}

/** Exact decimal string with nine places and no trailing surprise: 1_230_000_000 → `"1.230000000"`. The form of every record. */
export function exactUsd(amount: UsdNanos): string {
  assertNanos(amount)
  const sign = amount < 0 ? '-' : ''
  const nanos = Math.abs(amount)
  return `${sign}${Math.floor(nanos / NANOS_PER_USD)}.${String(nanos % NANOS_PER_USD).padStart(9, '0')}`
}

/** For people: `$1.23`; below ten cents as many places as it takes to see it, `$0.0042`; never scientific, never `$0.00` for something. */
export function formatUsd(amount: UsdNanos): string {
  assertNanos(amount)
  const sign = amount < 0 ? '-' : ''
  const nanos = Math.abs(amount)
  if (nanos === 0) return '$0.00'
  if (nanos < 100_000) return `${sign}<$0.0001`
  const places = nanos >= 100_000_000 ? 2 : 4
  const unit = 10 ** (9 - places)
  const rounded = Math.round(nanos / unit)
  const text = String(rounded).padStart(places + 1, '0')
  const whole = text.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}$${whole}.${text.slice(-places)}`
}
