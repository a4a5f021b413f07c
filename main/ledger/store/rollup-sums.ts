import { ROLLUP_STEP_MS, type RollupStep } from '../../core/ledger/reports/rollup.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import type { Statement } from './sqlite.ts'

/** What closed calls of one transaction add to the roll-up: one row for each quarter-hour and set of dimensions. */
export class RollupSums {
  readonly #rows = new Map<string, number[]>()

  /** A step of a correction is a difference: it counts no call, and may be negative. */
  add(atMs: number, dimensionsId: number, step: RollupStep & { estimated?: number }): void {
    const { calls, refused, costNanos, ceilingNanos } = step
    const usage = step.usage ?? NO_USAGE
    const values = [
      calls,
      refused,
      costNanos,
      ceilingNanos,
      usage.uncachedInput,
      usage.cacheRead,
      usage.cacheWrite5m,
      usage.cacheWrite1h,
      usage.output,
      usage.reasoning,
      usage.audioInput,
      usage.audioOutput,
      usage.imageInput,
      usage.imageOutput,
      step.estimated ?? (step.usage?.source === 'estimated' ? 1 : 0),
    ]
    const bucketMs = Math.floor(atMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS
    const key = `${bucketMs} ${dimensionsId}`
    const row = this.#rows.get(key)
    if (!row) this.#rows.set(key, [bucketMs, dimensionsId, ...values])
    else for (const [index, value] of values.entries()) row[index + 2] = row[index + 2]! + value
  }

  write(upsert: Statement): void {
    for (const row of this.#rows.values()) upsert.run(...row)
  }
}
