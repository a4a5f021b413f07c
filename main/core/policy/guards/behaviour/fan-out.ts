import { z } from 'zod'
import type { RecentCall } from '../../decision/facts.ts'
import { counted, describeCaller, describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase } from '../rule/rule-schema.ts'
import { TUNING } from '../../decision/tuning.ts'

const schema = z.strictObject({ ...ruleBase('fan-out'), limitParallel: z.number().int().positive() })
export type FanOutRule = z.infer<typeof schema>

/** Calls that one parent (a session, else a process) has running side by side. */
export const fanOut: Guard<FanOutRule> = {
  name: 'fan-out',
  judgesPatterns: true,
  schema,
  describe: (rule) =>
    describeFound(rule, `of a session or process that has ${counted(rule.limitParallel, 'call')} running`),
  check: ({ call, recent, workload: { self } }, rule) => {
    if (!self) return null
    let running = 0
    for (const one of recent.running()) if (one.callId !== self.callId && isSibling(one, self)) running += 1
    if (running < rule.limitParallel) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'fan-out',
      reason: `${describeCaller(call)} has ${running} calls running side by side, and ${rule.limitParallel} are allowed`,
      advice: 'Let some of them finish first.',
      delayMs: TUNING.FAN_OUT_LOOK_AGAIN_MS,
    }
  },
}

function isSibling(one: RecentCall, self: RecentCall): boolean {
  if (self.session !== null) return one.session === self.session
  if (self.pid !== null) return one.session === null && one.pid === self.pid
  return self.agent !== null && one.pid === null && one.session === null && one.agent === self.agent
}
