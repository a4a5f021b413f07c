import { commandLine } from '../../../../../shared/values/command-line.ts'
import { z } from 'zod'
import { formatUsd } from '../../../../../shared/values/money.ts'
import { detectLoop, type Loop } from '../../../conversations/detect-loop.ts'
import { isOneOfMany } from '../../../conversations/one-of-many.ts'
import { describeCaller, describeDuration, describeFound } from '../../decision/sentences.ts'
import type { RecentCall } from '../../decision/facts.ts'
import type { Guard } from '../rule/guard.ts'
import { duration, ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({
  ...ruleBase('loop'),
  repeats: z.number().int().min(2).max(100).default(5),
  within: duration.prefault('5 minutes'),
})
export type LoopRule = z.infer<typeof schema>

/** An agent that does the same again and learns nothing from it. Only its own thread is looked at, and only that is stopped. */
export const loop: Guard<LoopRule> = {
  name: 'loop',
  judgesPatterns: true,
  schema,
  describe: (rule) =>
    describeFound(rule, `in a loop (the same thing ${rule.repeats} times within ${describeDuration(rule.within)})`),
  check: ({ call, recent, nowMs, workload: { self, resumedAtMs } }, rule) => {
    if (!self || self.thread === null) return null
    const sinceMs = Math.max(nowMs - rule.within, resumedAtMs)
    const earlier = recent.inThread(self.thread).filter(({ atMs }) => atMs >= sinceMs)
    const found = detectLoop(earlier, self, rule.repeats)
    if (!found || isOneOfMany(recent.since(beginOf(found, earlier) ?? nowMs), self, found)) return null
    const resume = call.attribution.session ?? call.conversation
    return {
      verdict: rule.action ?? 'deny',
      code: 'loop-detected',
      reason: `${describeCaller(call)} ${whatRepeats(found)}, ${formatUsd(found.costNanos)} so far`,
      advice: `It may go on with something else${resume ? `, or after: ${commandLine()} resume ${resume}` : ''}.`,
    }
  },
}

function beginOf(found: Loop, earlier: readonly RecentCall[]): number | undefined {
  return earlier.find(({ callId }) => callId === found.callIds[0])?.atMs
}

function whatRepeats({ kind, repeats, tools }: Loop): string {
  const names = tools.join(', ')
  switch (kind) {
    case 'same-call':
      return `has called ${names} with the same arguments ${repeats} times`
    case 'cycle':
      return `has gone through ${names || 'the same prompts'} ${repeats} times with the same results`
    case 'same-few':
      return `has done the same few things${names ? ` (${names})` : ''} over and over, the last of them ${repeats} times`
    case 'same-failure':
      return `has met the same failure${names ? ` of ${names}` : ''} ${repeats} times in a row`
    case 'same-prompt':
      return `has sent the same prompt ${repeats} times`
  }
}
