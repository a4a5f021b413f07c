import { z } from 'zod'
import { formatDuration } from '../../../../../shared/values/format.ts'
import { formatUsd } from '../../../../../shared/values/money.ts'
import { parsePeriod, windowAt } from '../../../../../shared/values/time-window.ts'
import { describeCaller, describeSum } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { rateOptions, ruleBase, usdLimit } from '../rule/rule-schema.ts'
import { TUNING } from '../../decision/tuning.ts'

const schema = z
  .strictObject({
    ...ruleBase('spend-rate'),
    limitUsd: usdLimit.optional(),
    /** So many times what the developer usually spends in a busy hour. */
    timesUsual: z.number().gt(1).optional(),
    ...rateOptions,
  })
  .refine((rule) => rule.limitUsd !== undefined || rule.timesUsual !== undefined, {
    error: 'needs limitUsd, timesUsual, or both',
  })
export type SpendRateRule = z.infer<typeof schema>

/** Dollars in a short time: burning money faster than the rule, or than this developer usually does. */
export const spendRate: Guard<SpendRateRule> = {
  name: 'spend-rate',
  schema,
  describe: (rule) => {
    const usual = rule.timesUsual === undefined ? '' : `${rule.timesUsual} times what you usually do`
    const limits =
      rule.limitUsd === undefined ? [usual] : [formatUsd(rule.limitUsd), ...(usual ? [`at most ${usual}`] : [])]
    return describeSum(rule, `spend ${limits.join(', and ')}`)
  },
  budget: (rule) => ({
    unit: 'usd',
    limit: rule.limitUsd ?? Number.MAX_SAFE_INTEGER,
    per: rule.per,
    each: rule.each ?? null,
    count: 'metered',
  }),
  check: ({ call, budget, quote, workload, timeZone, nowMs }, rule) => {
    if (!budget) return null
    // Not what is held: holds are the worst case, and a rate is about what happens.
    const used = budget.spent + quote.expectedInputNanos
    const limit = Math.min(
      rule.limitUsd ?? Number.POSITIVE_INFINITY,
      usualLimit(rule, workload.usualNanosPerHour, timeZone, nowMs),
    )
    if (used <= limit) return null
    const isUnusual = limit < (rule.limitUsd ?? Number.POSITIVE_INFINITY)
    const freesAtMs = budget.window.rolling ? (budget.freesAtMs ?? nowMs) : budget.window.endMs
    const delayMs = Math.max(1_000, freesAtMs - nowMs)
    const allowed = isUnusual
      ? `${rule.timesUsual} times the usual is ${formatUsd(limit)}`
      : `${formatUsd(limit)} is allowed`
    return {
      verdict: rule.action ?? 'deny',
      code: 'cap-reached',
      reason: `${describeCaller(call)} spends fast: with this call ${formatUsd(used)} ${budget.window.rolling ? `within ${rule.per}` : `this ${rule.per}`}, and ${allowed}`,
      advice: `There is room again in ${formatDuration(delayMs)}.`,
      delayMs,
    }
  },
}

function usualLimit(
  { timesUsual, per }: SpendRateRule,
  usualNanosPerHour: number | null,
  timeZone: string,
  nowMs: number,
): number {
  const period = parsePeriod(per)
  if (timesUsual === undefined || usualNanosPerHour === null || period === null) return Number.POSITIVE_INFINITY
  const window = windowAt(period, timeZone, nowMs)
  const lengthMs = (window.endMs - window.startMs) / (window.rolling ? 2 : 1)
  return Math.max(TUNING.LEAST_SURGE_NANOS, Math.round((timesUsual * usualNanosPerHour * lengthMs) / 3_600_000))
}
