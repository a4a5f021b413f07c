import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, Closing } from '../../../shared/calls/events.ts'
import { NO_USAGE } from '../../../shared/calls/usage.ts'
import { tokensCost } from '../../core/metering/quote/quote.ts'
import type { Ledger } from '../store/ledger.ts'

/**
 * Closes what a crash left unfinished, at best evidence: the quoted input, and of output the larger of what had been
 * seen at the last top-up and what was expected; never zero, never the worst case that was held. A call that still
 * waited was never sent, so it is released. Returns how many there were.
 */
export function recover(ledger: Ledger): number {
  const unfinished = ledger.store.unfinished()
  for (const { record, events } of unfinished) {
    const callId = record.id
    const closing = closingOf(record, events)
    if (closing) ledger.record({ type: 'call.expired', callId, closing })
    else
      ledger.record({
        type: 'call.released',
        callId,
        reason: 'the gateway stopped before the call was sent',
        httpStatus: null,
        ending: 'crashed',
      })
  }
  return unfinished.length
}

function closingOf(record: CallRecord, events: readonly CallEvent[]): Closing | null {
  const admitted = events.find((event) => event.type === 'call.admitted')
  if (admitted?.type !== 'call.admitted') return null
  const seen = events.reduce(
    (most, event) => (event.type === 'call.topped-up' ? Math.max(most, event.outputTokensSeen) : most),
    0,
  )
  const { quote } = admitted
  const output = Math.max(seen, quote.expectedOutputTokens)
  return {
    usage: { ...NO_USAGE, uncachedInput: quote.inputTokens, output, source: 'estimated' },
    costNanos: quote.inputNanos + tokensCost(output, quote.outputNanosPerMillion),
    priced: record.priced,
    priceVersion: record.priceVersion,
    responseModel: null,
    responseId: null,
    httpStatus: null,
    ending: 'crashed',
    firstByteMs: null,
  }
}
