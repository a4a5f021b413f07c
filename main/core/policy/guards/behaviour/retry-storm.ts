import { z } from 'zod'
import type { RecentCall } from '../../decision/facts.ts'
import { describeCaller, describeDuration, describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { duration, ruleBase } from '../rule/rule-schema.ts'
import { TUNING } from '../../decision/tuning.ts'

const schema = z.strictObject({
  ...ruleBase('retry-storm'),
  repeats: z.number().int().min(2).max(1_000).default(8),
  within: duration.prefault('1 minute'),
})
export type RetryStormRule = z.infer<typeof schema>

/** The same call failing again and again, or a whole tree of agents running into 429 and 5xx with no success between. */
export const retryStorm: Guard<RetryStormRule> = {
  name: 'retry-storm',
  judgesPatterns: true,
  schema,
  describe: (rule) =>
    describeFound(rule, `in a storm of retries (${rule.repeats} failures within ${describeDuration(rule.within)})`),
  check: ({ call, recent, nowMs, workload: { self, resumedAtMs } }, rule) => {
    if (!self) return null
    const sinceMs = Math.max(nowMs - rule.within, resumedAtMs)
    const same = recent
      .withBody(self.bodyFingerprint)
      .filter((one) => one.atMs >= sinceMs && isKin(one, self) && hasFailed(one)).length
    const failures = same >= rule.repeats ? same : failuresInARow(recent.since(sinceMs), self)
    if (same < rule.repeats && failures < rule.repeats * TUNING.STORM_FACTOR) return null
    const what =
      same >= rule.repeats
        ? `the same call has failed ${same} times`
        : `${failures} calls have failed without one success`
    return {
      verdict: rule.action ?? 'deny',
      code: 'retry-storm',
      reason: `${describeCaller(call)} keeps retrying without success: ${what} within ${describeDuration(rule.within)}`,
      advice: 'Wait for the provider, or change the call.',
      delayMs: 20_000,
    }
  },
}

/** The attempts of one call (the same body) are one failure: SDKs retry by themselves. */
function failuresInARow(calls: readonly RecentCall[], self: RecentCall): number {
  const bodies = new Set<string>()
  for (let index = calls.length - 1; index >= 0; index -= 1) {
    const one = calls[index]
    if (!one || one.open || !isKin(one, self)) continue
    if (!hasFailed(one)) break
    bodies.add(one.bodyFingerprint)
  }
  return bodies.size
}

function hasFailed({ open, httpStatus }: RecentCall): boolean {
  return (
    !open &&
    (httpStatus === null || httpStatus === 408 || httpStatus === 409 || httpStatus === 429 || httpStatus >= 500)
  )
}

/** Of one session or one process: sub-agents share either. */
function isKin(one: RecentCall, self: RecentCall): boolean {
  if (one.session !== null || self.session !== null) return one.session === self.session
  if (one.pid !== null || self.pid !== null) return one.pid === self.pid
  return one.conversation === self.conversation
}
