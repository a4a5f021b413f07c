import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { FeedItem } from '../../../shared/contract/contract.ts'
import type { CallEvent, LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { applyCallEvent } from '../../core/ledger/calls/call-lifecycle.ts'
import { noticeOf } from '../../core/ledger/reports/notices.ts'
import type { Ledger } from '../../ledger/store/ledger.ts'
import { entriesAfter, eventsOf, findCall, lastSeq } from '../../ledger/queries/call-queries.ts'

/** Entries read at a time. A full page means that the subscriber is behind, and then only how calls stand now is told. */
const PAGE = 200

/** A burst is told together: nobody reads more than ten news a second. The first of it is told at once. */
const SHORTEST_MS = 100

/** Notices told to one subscriber, so that a storm is told once; from here on the oldest are forgotten. */
const MAX_TOLD = 500

/**
 * The ledger's tail from a seq, as the feed's items; from now where there is none. The ledger itself is the buffer: a
 * slow subscriber reads on where it stands, and nothing is kept for it in memory. Ends when the signal aborts.
 */
export async function* followLedger(
  ledger: Ledger,
  afterSeq: number | null,
  signal: AbortSignal,
): AsyncGenerator<FeedItem> {
  const { database } = ledger.store
  const told = new Set<string>()
  let seq = afterSeq ?? lastSeq(database)
  let wake = () => {}
  const unsubscribe = ledger.subscribe(() => wake())
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted) {
      const news = new Promise<void>((resolve) => {
        wake = resolve
      })
      const readAtMs = performance.now()
      const entries = entriesAfter(database, seq, PAGE)
      for (const entry of entries) {
        if (signal.aborted) return
        seq = entry.seq
        for (const item of itemsOf(ledger, entry, entries.length === PAGE, told)) yield item
      }
      if (entries.length === PAGE || signal.aborted) continue
      await news
      const restMs = SHORTEST_MS - (performance.now() - readAtMs)
      if (restMs > 0) await delay(restMs, undefined, { signal, ref: false }).catch(() => {})
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', onAbort)
  }
}

function itemsOf(ledger: Ledger, entry: LedgerEntry, isBehind: boolean, told: Set<string>): FeedItem[] {
  const { seq, event } = entry
  const items: FeedItem[] = []
  const call = 'callId' in event ? recordAt(ledger, seq, event.callId, isBehind) : null
  if (call) items.push({ type: 'call', seq, call })
  const what = changedBy(event.type)
  if (what) items.push({ type: 'changed', seq, what })
  const notice = noticeOf(entry)
  if (notice && !told.has(notice.key)) {
    if (told.size >= MAX_TOLD) told.clear()
    told.add(notice.key)
    items.push({ type: 'notice', seq, notice })
  }
  return items
}

/** The call as it stood after that entry; for a subscriber that is behind, only when that is how it stands now. */
function recordAt(ledger: Ledger, seq: number, callId: string, isBehind: boolean): CallRecord | null {
  const { database } = ledger.store
  const now = findCall(database, callId)
  if (now === null || now.seq === seq) return now
  if (isBehind) return null
  const past = eventsOf(database, callId).filter((entry) => entry.seq <= seq)
  return past.reduce<CallRecord | null>(
    (record, entry) => applyCallEvent(record, entry.seq, entry.atMs, entry.event as CallEvent),
    null,
  )
}

function changedBy(type: LedgerEvent['type']): (FeedItem & { type: 'changed' })['what'] | null {
  if (/^(?:policy|hosts|rules)\./.test(type)) return 'policy'
  if (type.startsWith('budget.')) return 'budget'
  if (type.startsWith('traffic.')) return 'traffic'
  return type.startsWith('call.') ? null : 'gateway'
}
