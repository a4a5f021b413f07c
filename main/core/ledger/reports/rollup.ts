import type { CallRecord } from '../../../../shared/calls/call.ts'
import { NANOS_PER_USD, type UsdNanos } from '../../../../shared/values/money.ts'
import type { Usage } from '../../../../shared/calls/usage.ts'

/** Closed calls are summed by quarter-hour: the largest step on which every time zone's hours and days begin. */
export const ROLLUP_STEP_MS = 15 * 60_000

/** What one closed call adds to the sums of its quarter-hour. */
export interface RollupStep {
  calls: number
  refused: number
  costNanos: UsdNanos
  ceilingNanos: UsdNanos
  usage: Usage | null
}

/** Null while the call is open. A call that was given up before it was admitted was never made: it counts as none. */
export function rollupStepOf(record: CallRecord, wasAdmitted: boolean): RollupStep | null {
  const costNanos = nanosOf(record.costUsd)
  switch (record.state) {
    case 'settled':
    case 'expired':
      return {
        calls: 1,
        refused: 0,
        costNanos,
        ceilingNanos: record.priced === 'ceiling' ? costNanos : 0,
        usage: record.usage,
      }
    case 'released':
      return { calls: wasAdmitted ? 1 : 0, refused: 0, costNanos: 0, ceilingNanos: 0, usage: null }
    case 'refused':
      return { calls: 0, refused: 1, costNanos: 0, ceilingNanos: 0, usage: null }
    default:
      return null
  }
}

/** What a correction adds to the sums: the difference, which may be negative. The call is counted already. */
export function rollupDifference(before: RollupStep, after: RollupStep): RollupStep {
  const usage = after.usage && before.usage ? differenceOf(after.usage, before.usage) : after.usage
  return {
    calls: 0,
    refused: 0,
    costNanos: after.costNanos - before.costNanos,
    ceilingNanos: after.ceilingNanos - before.ceilingNanos,
    usage,
  }
}

function differenceOf(after: Usage, before: Usage): Usage {
  const minus = (name: Exclude<keyof Usage, 'source'>) => after[name] - before[name]
  return {
    uncachedInput: minus('uncachedInput'),
    cacheRead: minus('cacheRead'),
    cacheWrite5m: minus('cacheWrite5m'),
    cacheWrite1h: minus('cacheWrite1h'),
    output: minus('output'),
    reasoning: minus('reasoning'),
    audioInput: minus('audioInput'),
    audioOutput: minus('audioOutput'),
    imageInput: minus('imageInput'),
    imageOutput: minus('imageOutput'),
    source: after.source,
  }
}

/** A record's exact decimal dollars back to nano-dollars; zero while the call is open. */
export function nanosOf(exact: string | null): UsdNanos {
  if (exact === null) return 0
  const [whole = '0', fraction = ''] = exact.split('.')
  return Number(whole) * NANOS_PER_USD + Number(fraction.padEnd(9, '0'))
}
