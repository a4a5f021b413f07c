import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { ROLLUP_STEP_MS } from '../../core/ledger/reports/rollup.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import { hasImported } from '../history/imported-history.ts'
import type { Database } from '../store/sqlite.ts'

/** Sums of imported history, for reports alone. Nothing here writes. */

const NAMES = ['agent', 'provider', 'model', 'project', 'branch', 'session'] as const
const SUMMED = [
  'cost_nanos',
  'ceiling_nanos',
  'uncached_input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
] as const

type Row = Record<(typeof SUMMED)[number] | 'step' | 'calls', number> & Record<(typeof NAMES)[number], string | null>

/** Imported answers from `sinceMs` until before `untilMs`; split by quarter-hour where `byTime` asks for it. */
export function importedParts(database: Database, sinceMs: number, untilMs: number, byTime: boolean): SpendPart[] {
  if (!hasImported(database)) return []
  const step = byTime ? `at_ms / ${ROLLUP_STEP_MS} * ${ROLLUP_STEP_MS}` : '0'
  // By time nobody asks for more than the model.
  const names = byTime ? (['provider', 'model'] as const) : NAMES
  const rows = database
    .prepare(
      `SELECT ${step} AS step, ${names.join(', ')}, count(*) AS calls, ${SUMMED.map((name) => `sum(${name}) AS ${name}`).join(', ')}
       FROM imported WHERE at_ms >= ? AND at_ms < ? GROUP BY step, ${names.join(', ')}`,
    )
    .all(sinceMs, untilMs) as Row[]
  return rows.map((row) => ({
    atMs: row.step,
    isImported: true,
    dimensions: {
      billing: 'metered',
      values: Object.fromEntries(names.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]]))),
    },
    calls: row.calls,
    refused: 0,
    costNanos: row.cost_nanos,
    ceilingNanos: row.ceiling_nanos,
    usage: {
      ...NO_USAGE,
      uncachedInput: row.uncached_input,
      cacheRead: row.cache_read,
      cacheWrite5m: row.cache_write_5m,
      cacheWrite1h: row.cache_write_1h,
      output: row.output,
      reasoning: row.reasoning,
    },
  }))
}
