/** A JSON object whose members nobody promised. */
export type JsonObject = Readonly<Record<string, unknown>>

const EMPTY_OBJECT: JsonObject = {}
const EMPTY_LIST: readonly unknown[] = []

/** The value as an object; an empty one when it is anything else. What providers send is read leniently, never trusted. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY_OBJECT
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : EMPTY_LIST
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A finite number that is not negative, null when it is anything else. Some gateways send counts as text: `"12"`. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

/**
 * The most that one call can count of anything (tokens, choices): far beyond every model, and small enough that its cost
 * and the sums of many calls stay exact integers. What claims more is held at this.
 */
export const MAX_COUNT = 1_000_000_000

/** A count of tokens: whole, not negative, at most `MAX_COUNT`. */
export function countOf(value: unknown): number | null {
  const number = numberOf(value)
  return number === null ? null : Math.min(Math.round(number), MAX_COUNT)
}

/** A whole number that is not negative, such as a sum over many calls or a time in seconds; never more than is exact. */
export function wholeOf(value: unknown): number | null {
  const number = numberOf(value)
  return number === null ? null : Math.min(Math.round(number), Number.MAX_SAFE_INTEGER)
}

/** The first of the values that is a count. */
export function firstCount(...values: unknown[]): number | null {
  for (const value of values) {
    const count = countOf(value)
    if (count !== null) return count
  }
  return null
}

/** The member at a path, undefined where a step is missing. */
export function memberAt(value: unknown, ...path: string[]): unknown {
  let current = value
  for (const key of path) current = objectOf(current)[key]
  return current
}

/** Deep merge for reports that are cumulative: a later value replaces an earlier one key by key, null replaces nothing. */
export function mergeReports(earlier: JsonObject, later: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...earlier }
  for (const [key, value] of Object.entries(later)) {
    if (value === null || value === undefined || key === '__proto__') continue
    const before = merged[key]
    merged[key] = isObject(before) && isObject(value) ? mergeReports(before, value) : value
  }
  return merged
}
