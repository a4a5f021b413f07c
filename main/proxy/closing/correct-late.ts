import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import { correctionOf } from '../../core/pricing/rates/correction.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import type { Books } from '../../ledger/books/books.ts'

/**
 * A stored response whose call was closed on an estimate, because the gateway stopped while it was being made: the
 * provider's own report corrects it. A call that was reported already is never touched, however often it is read.
 */
export function correctLate(books: Books, prices: PriceBook, reading: Reading): void {
  const { store } = books.ledger
  const callId = reading.responseId === null ? null : store.callOfResponse(reading.responseId)
  const closed = callId === null ? null : store.closedCall(callId)
  if (closed?.record.usage?.source !== 'estimated' || reading.usage === null) return
  const record = {
    ...closed.record,
    usage: reading.usage,
    responseModel: reading.responseModel ?? closed.record.responseModel,
    serviceTier: reading.serviceTier ?? closed.record.serviceTier,
    toolUses: reading.toolUses,
  }
  const correction = correctionOf(record, reading.usage, prices, reading.calls)
  books.reprice(closed.record.id, 'usage-reported', correction)
}
