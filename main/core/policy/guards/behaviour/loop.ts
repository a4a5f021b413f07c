import { z } from 'zod'
import { commandLine } from '../../../../../shared/values/command-line.ts'
import { formatUsd, type UsdNanos } from '../../../../../shared/values/money.ts'
import type { VerdictKind } from '../../../../../shared/calls/verdict.ts'
import { detectLoop, type Loop, type LoopFacts } from '../../../conversations/detect-loop.ts'
import { TUNING as LOOP_TUNING } from '../../../conversations/tuning.ts'
import { describeCaller, describeDuration, describeFound } from '../../decision/sentences.ts'
import { TUNING } from '../../decision/tuning.ts'
import type { Guard } from '../rule/guard.ts'
import { duration, ruleBase, usdLimit } from '../rule/rule-schema.ts'

/** `"1%"` of the tightest of the day's spend caps. */
const shareOfCap = z
  .string()
  .regex(/^\d{1,2}(?:\.\d+)?%$/)
  .transform((text) => ({ share: Number.parseFloat(text) / 100 }))

const schema = z.strictObject({
  ...ruleBase('loop'),
  repeats: z.number().int().min(2).max(100).default(5),
  within: duration.prefault('5 minutes'),
  afterUsd: z.union([shareOfCap, usdLimit]).optional(),
})
export type LoopRule = z.infer<typeof schema>

/**
 * An agent that spends money and gets nothing new for it. Only its own thread is looked at, and only that is stopped.
 * With `afterUsd` the response grows with what was burnt: a warning (and a note to the agent) below it, the rule's action
 * from there on, and for `deny` a question first.
 */
export const loop: Guard<LoopRule> = {
  name: 'loop',
  judgesPatterns: true,
  schema,
  describe: (rule) => {
    const what = `in a loop (the same thing ${rule.repeats} times within ${describeDuration(rule.within)})`
    const { afterUsd } = rule
    if (afterUsd === undefined) return describeFound(rule, what)
    const amount =
      typeof afterUsd === 'number'
        ? formatUsd(afterUsd)
        : `${Number((afterUsd.share * 100).toFixed(2))}% of the day's cap`
    return `${describeFound(rule, `${what} that has cost ${amount} or more`)}; below that, warns and tells the agent`
  },
  check: ({ call, recent, nowMs, workload: { self, resumedAtMs, dayCapNanos } }, rule) => {
    if (!self || self.thread === null) return null
    const sinceMs = Math.max(nowMs - rule.within, resumedAtMs)
    const earlier = recent.inThread(self.thread).filter(({ atMs }) => atMs >= sinceMs)
    const capNanos = dayCapNanos ?? TUNING.USUAL_DAY_CAP_NANOS
    const patientUntilNanos = Math.min(LOOP_TUNING.PATIENCE_NANOS, capNanos * LOOP_TUNING.PATIENCE_SHARE)
    const facts = { earlier, self, repeats: rule.repeats, patientUntilNanos }
    const found = detectLoop(facts)
    if (!found) return null
    const resume = call.attribution.session ?? call.conversation
    const afterNanos = typeof rule.afterUsd === 'object' ? rule.afterUsd.share * capNanos : (rule.afterUsd ?? null)
    const verdict = stageOf(rule.action, afterNanos, facts, found)
    const reason = `${describeCaller(call)} ${whatRepeats(found)}, ${formatUsd(found.costNanos)} so far`
    return {
      verdict,
      code: 'loop-detected',
      reason,
      advice: `It may go on with something else${resume ? `, or after: ${commandLine()} resume ${resume}` : ''}.`,
      ...(afterNanos !== null && verdict === 'warn' ? { steering: steeringOf(found) } : {}),
    }
  },
}

function stageOf(
  action: VerdictKind | undefined,
  afterNanos: UsdNanos | null,
  facts: LoopFacts,
  found: Loop,
): VerdictKind {
  if (afterNanos === null || action === 'warn') return action ?? 'deny'
  if (found.costNanos < afterNanos) return 'warn'
  // From the amount on the developer decides; once it was asked, and as much again is burnt, a rule that denies does.
  return (action ?? 'deny') === 'deny' && !wasAskedBefore(afterNanos, facts, found) ? 'ask' : (action ?? 'deny')
}

/** Whether the run was a loop of that amount already, as much ago: evidence may come late, and no loop is refused unasked. */
function wasAskedBefore(afterNanos: UsdNanos, facts: LoopFacts, { costNanos, callIds }: Loop): boolean {
  if (costNanos < 2 * afterNanos) return false
  const run = new Set(callIds)
  let burntNanos = 0
  for (let index = facts.earlier.length - 1; index >= 0; index -= 1) {
    const call = facts.earlier[index]
    if (!call || !run.has(call.callId)) continue
    burntNanos += call.costNanos
    if (burntNanos < afterNanos) continue
    const before = detectLoop({ ...facts, earlier: facts.earlier.slice(0, index), self: { ...call, costNanos: 0 } })
    return before !== null && before.costNanos >= afterNanos
  }
  return false
}

function steeringOf(found: Loop): string {
  const what = found.tools.length > 0 ? `your last calls of ${found.tools.join(', ')}` : 'your last turns'
  return `[Allowance] Nothing new has come of ${what}. Try something else, or report what is in the way.`
}

function whatRepeats({ kind, repeats, tools }: Loop): string {
  const names = tools.join(', ')
  switch (kind) {
    case 'same-call':
      return `has called ${names || 'tools'} with the same arguments ${repeats} times`
    case 'same-few':
      return `has done the same few things${names ? ` (${names})` : ''} ${repeats} times over with nothing new coming of it`
    case 'same-failure':
      return `has met the same failure${names ? ` of ${names}` : ''} ${repeats} times in a row`
    case 'same-prompt':
      return `has sent the same prompt ${repeats} times`
  }
}
