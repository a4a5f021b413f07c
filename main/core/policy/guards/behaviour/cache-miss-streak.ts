import { z } from 'zod'
import { formatTokens } from '../../../../../shared/values/format.ts'
import type { RecentCall } from '../../decision/facts.ts'
import { describeCaller, describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase, tokenLimit } from '../rule/rule-schema.ts'
import { TUNING } from '../../decision/tuning.ts'

const schema = z.strictObject({
  ...ruleBase('cache-miss-streak'),
  repeats: z.number().int().min(2).max(100).default(5),
  minTokens: tokenLimit.default(20_000),
})
export type CacheMissStreakRule = z.infer<typeof schema>

/** A long conversation that pays for its whole history again with every turn, because something breaks its prefix. */
export const cacheMissStreak: Guard<CacheMissStreakRule> = {
  name: 'cache-miss-streak',
  judgesPatterns: true,
  schema,
  describe: (rule) =>
    describeFound(
      rule,
      `with ${formatTokens(rule.minTokens)} tokens of context or more that follow ${rule.repeats} cache misses in a row`,
    ),
  check: ({ call, recent, quote, nowMs, workload: { self, resumedAtMs } }, rule) => {
    if (!self || self.thread === null || quote.inputTokens < rule.minTokens) return null
    let misses = 0
    let tokens = 0
    let laterMs = nowMs
    const turns = recent.inThread(self.thread)
    for (let index = turns.length - 1; index >= 0 && misses < rule.repeats; index -= 1) {
      const turn = turns[index]
      if (!turn || turn.atMs < resumedAtMs || laterMs - (turn.endedAtMs ?? turn.atMs) > TUNING.CACHE_KEPT_MS) break
      if (turn.open || turn.cacheReadTokens === null) continue
      if (!isMiss(turn, rule.minTokens)) break
      misses += 1
      tokens += turn.contextTokens
      laterMs = turn.atMs
    }
    if (misses < rule.repeats) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'cache-miss-streak',
      reason: `${describeCaller(call)} has paid for its whole history ${misses} times in a row, ${formatTokens(tokens)} tokens that the cache should have held`,
      advice:
        'Look for something that changes at the start of the prompt: a time, a list of files, the order of tools.',
      delayMs: 5_000,
    }
  },
}

function isMiss({ contextTokens, cacheReadTokens }: RecentCall, minTokens: number): boolean {
  return contextTokens >= minTokens && (cacheReadTokens ?? 0) < contextTokens * TUNING.CACHE_MISS_SHARE
}
