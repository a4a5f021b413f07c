import { z } from 'zod'
import { formatDuration } from '../../../../../shared/values/format.ts'
import { describeCaller, describeDuration, describeFound } from '../../decision/sentences.ts'
import type { Guard } from '../rule/guard.ts'
import { duration, ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('orphan'), after: duration.prefault('2 minutes') })
export type OrphanRule = z.infer<typeof schema>

/** A process that goes on spending after its terminal was closed or its parent has died. */
export const orphan: Guard<OrphanRule> = {
  name: 'orphan',
  judgesPatterns: true,
  schema,
  describe: (rule) =>
    `${describeFound(rule, `of a process whose terminal or owner has been gone for ${describeDuration(rule.after)}`)} (on Linux: elsewhere it cannot be seen)`,
  check: ({ call, nowMs, workload: { orphanedSinceMs } }, rule) => {
    if (orphanedSinceMs === null || nowMs - orphanedSinceMs < rule.after) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'orphan',
      reason: `${describeCaller(call)} has been without its terminal for ${formatDuration(nowMs - orphanedSinceMs)}, and still makes calls`,
      advice: call.attribution.process
        ? `End it (process ${call.attribution.process.pid}), or start it again in a terminal.`
        : 'Start it again in a terminal.',
      delayMs: 20_000,
    }
  },
}
