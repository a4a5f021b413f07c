import { toCsv } from '../../../shared/values/csv.ts'
import type { SpendFilter } from '../../../shared/contract/explore.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import type { ExplorePart } from '../../core/ledger/reports/explore-report.ts'
import type { SpendPart } from '../../core/ledger/reports/spend-report.ts'
import { FOCUS_COLUMNS, focusRows } from '../../export/focus.ts'
import { spanSums } from '../../ledger/queries/explore-queries.ts'
import { type ExploreFrame, spanOf } from './explore.ts'

/** What a screen shows, as FOCUS in CSV: one row for each provider, model and value of the dimension. */
export function focusExport(
  frame: ExploreFrame,
  question: { since: string; until: string; by: string; filter?: SpendFilter | undefined },
): string {
  const { by, filter = {} } = question
  const [sinceMs, untilMs] = spanOf(frame, question)
  const thread = by === 'session' || by === 'conversation' ? by : null
  const parts = spanSums(frame.database, [sinceMs, untilMs], { filter, thread }).map((part) => partOf(part, by))
  return toCsv(FOCUS_COLUMNS, focusRows({ by, sinceMs, untilMs: Math.min(untilMs, frame.nowMs) }, parts))
}

function partOf(
  { profile, thread, inputTokens, cacheReadTokens, outputTokens, ...sums }: ExplorePart,
  by: string,
): SpendPart {
  return {
    ...sums,
    atMs: 0,
    dimensions: thread === null ? profile : { ...profile, values: { ...profile.values, [by]: thread } },
    usage: {
      ...NO_USAGE,
      uncachedInput: inputTokens - cacheReadTokens,
      cacheRead: cacheReadTokens,
      output: outputTokens,
    },
  }
}
