import { LiveConversations } from '../../core/ledger/calls/live-conversations.ts'
import { type Calibration, createCalibration, pastObservation } from '../../core/metering/quote/calibration.ts'
import type { GatewayEvent } from '../../../shared/calls/events.ts'
import type { Ledger } from '../store/ledger.ts'
import { findCalls, gatewayEvents } from '../queries/call-queries.ts'

/** What is read back for live views and estimates: a day, at most this many calls. */
const REMEMBERED_MS = 86_400_000
const REMEMBERED_CALLS = 5_000

/** The live conversations, and what closed calls taught the estimates: read back from the ledger. Conversations follow it from then on. */
export function learned(ledger: Ledger, nowMs: number): { conversations: LiveConversations; calibration: Calibration } {
  const conversations = new LiveConversations()
  const calibration = createCalibration()
  const past = findCalls(ledger.store.database, { sinceMs: nowMs - REMEMBERED_MS, limit: REMEMBERED_CALLS })
  for (const record of past) {
    conversations.observe(record)
    if (record.usage?.source === 'reported') calibration.learn(pastObservation(record, record.usage))
  }
  ledger.subscribe(({ event, record }) => {
    // A correction of its price is no new turn.
    if (record?.endedAt && event.type !== 'call.repriced') conversations.observe(record)
  })
  return { conversations, calibration }
}

/** The last change of the developer's own rules that was recorded; null when they were never set. */
export function lastOwnRules({ store }: Ledger): Extract<GatewayEvent, { type: 'rules.changed' }> | null {
  const event = gatewayEvents(store.database, ['rules.changed'], 0).at(-1)?.event
  return event?.type === 'rules.changed' ? event : null
}
