import { z } from 'zod'
import { actionSchema, scopeSchema } from '../../../../../shared/rules/policy.ts'
import { CALENDAR_PERIODS, parsePeriod, parseDuration } from '../../../../../shared/values/time-window.ts'
import { parseUsd } from '../../../../../shared/values/money.ts'
import type { KnownNames } from '../../document/document-errors.ts'
import { SCOPE_DIMENSIONS } from '../../document/scope.ts'

/** Pieces of which guards make the schema of their rules. Every schema is strict: an unknown key is an error with its path. */

const isDimension = (name: string) => (SCOPE_DIMENSIONS as readonly string[]).includes(name) || /^tag:.+/.test(name)

const dimension = z.string().refine(isDimension, {
  error: `a dimension: ${SCOPE_DIMENSIONS.join(', ')} or tag:NAME`,
  params: { known: SCOPE_DIMENSIONS } satisfies KnownNames,
})

/** A scope, of which every key is a dimension. */
export const ruleScope = scopeSchema.check(({ value, issues }) => {
  for (const key of Object.keys(value)) {
    if (isDimension(key)) continue
    issues.push({
      code: 'custom',
      path: [key],
      message: `unknown dimension; there are ${SCOPE_DIMENSIONS.join(', ')} and tag:NAME`,
      input: key,
      params: { known: SCOPE_DIMENSIONS } satisfies KnownNames,
    })
  }
})

/** What every rule has. `guard` is the literal name, so that a rule cannot be read by another guard. */
export function ruleBase<Name extends string>(guard: Name) {
  return {
    id: z.string().min(1).max(100),
    guard: z.literal(guard),
    scope: ruleScope.optional(),
    action: actionSchema.optional(),
  }
}

const USD_FORM = 'dollars, such as "10.00" or 10, with at most nine decimal places'

/**
 * `"10.00"` or `10` → nano-dollars. A number is taken by its shortest decimal, which is what its author wrote; what has
 * no exact amount in nano-dollars is an error, never rounded.
 */
export const usdLimit = z
  .union([z.string(), z.number()], { error: USD_FORM })
  .refine((amount) => limitNanos(amount) !== null, { error: USD_FORM })
  .transform((amount) => limitNanos(amount) as number)

function limitNanos(amount: string | number): number | null {
  if (typeof amount === 'string') return parseUsd(amount)
  // The shortest decimal of a number below a millionth is written with an exponent: `1e-9` is a nano-dollar.
  const text = String(amount)
  const exponent = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(text)
  if (!exponent) return parseUsd(text)
  const [, whole = '', fraction = '', places = ''] = exponent
  return parseUsd(`0.${'0'.repeat(Number(places) - 1)}${whole}${fraction}`)
}

export const period = z.string().refine((text) => parsePeriod(text) !== null, {
  error: 'minute, hour, day, week, month, or a duration such as "10 minutes"',
  params: { known: CALENDAR_PERIODS } satisfies KnownNames,
})

export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, { error: 'a duration such as "5 minutes"' })
  .transform((text) => parseDuration(text) as number)

/** Budgets: one sum for each value of a dimension, and which calls are counted. */
export const budgetOptions = {
  per: period,
  each: dimension.optional(),
  count: z.enum(['metered', 'all']).default('metered'),
  /** Counted over all machines of a developer, or with `everyone` over those of all developers who have this policy. */
  shared: z.union([z.boolean(), z.literal('everyone')]).default(false),
  warnAt: z.array(z.number().gt(0).lte(1)).default([]),
}

/** Rates: like budgets, but every call counts, signed-in plans and local models included. */
export const rateOptions = { per: period, each: dimension.optional() }

export const tokenLimit = z.number().int().positive()

/** Names with `*`, such as `gpt-*`. */
export const patternList = z.array(z.string().min(1)).min(1)
