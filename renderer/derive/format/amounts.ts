import { formatTokens } from '../../../shared/values/format.ts'
import { formatUsd, parseUsd, type UsdNanos } from '../../../shared/values/money.ts'

/** An amount of the contract in nano-dollars; what is absent or no amount counts as nothing. */
export function nanosOf(usd: string | null | undefined): UsdNanos {
  return usd ? (parseUsd(usd) ?? 0) : 0
}

/** `$1.23`, or a dash for what does not apply. */
export function usd(amount: string | null | undefined): string {
  return amount === null || amount === undefined ? '–' : formatUsd(nanosOf(amount))
}

/** A budget's number in its own unit: `$1.23`, `48.2k`, `12`. */
export function inUnit(unit: 'usd' | 'tokens' | 'calls', amount: string): string {
  if (unit === 'usd') return usd(amount)
  return unit === 'tokens' ? formatTokens(Number(amount)) : amount
}

/** A budget's number as a number, for proportions only. */
export function magnitude(unit: 'usd' | 'tokens' | 'calls', amount: string): number {
  return unit === 'usd' ? nanosOf(amount) : Number(amount) || 0
}

/** `part / whole` between 0 and 1; 0 of nothing. */
export function fraction(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}

/** `74 %`; never 100 % before it is reached, never 0 % for something. */
export function percent(value: number): string {
  if (value > 0 && value < 0.01) return '<1 %'
  return `${value < 1 ? Math.min(99, Math.round(value * 100)) : 100} %`
}
