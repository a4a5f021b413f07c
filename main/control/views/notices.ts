import type { Notice } from '../../../shared/contract/contract.ts'
import { noticeOf, NOTICE_TYPES, refusalNotice, withoutRepeats } from '../../core/ledger/reports/notices.ts'
import { gatewayEvents } from '../../ledger/queries/call-queries.ts'
import { refusedCalls } from '../../ledger/queries/spend-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

/** Notices are news: a week of them, the newest this many. */
const SHOWN_MS = 7 * 86_400_000
const MAX_NOTICES = 200
/** A storm makes thousands of refusals and one notice; the search for it ends here. */
const MAX_REFUSALS = 1_000

/** Recent notices, newest last, each once. */
export function recentNotices(database: Database, nowMs: number): Notice[] {
  const sinceMs = nowMs - SHOWN_MS
  const own = gatewayEvents(database, NOTICE_TYPES, sinceMs).map(noticeOf)
  const refused = refusedCalls(database, sinceMs, MAX_REFUSALS).map((record) =>
    record.refusal
      ? refusalNotice(record.seq, Date.parse(record.endedAt ?? record.startedAt), record.id, record.refusal)
      : null,
  )
  const notices = [...own, ...refused].filter((notice) => notice !== null).sort((a, b) => a.seq - b.seq)
  return withoutRepeats(notices).slice(-MAX_NOTICES)
}
