import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallEvent, LedgerEntry } from '../../../shared/calls/events.ts'
import type { Dimensions } from '../../core/policy/document/scope.ts'

/** A call as it stands after what is staged. */
export interface StagedCall {
  /** Its number: the place of its first event. */
  n: number
  record: CallRecord
  /** As it was first known here: what it was admitted as. */
  first: CallRecord
  /** Its first event, where that is its admission. */
  admission: Extract<CallEvent, { type: 'call.admitted' }> | null
  admittedMs: number | null
  dimensions: Dimensions
  isInFile: boolean
  isClosed: boolean
}

/** Whether the call's row tells this event: its first one is its admission, or it is the one that closed it. */
export function isTold({ seq, atMs, event }: LedgerEntry, call: StagedCall): boolean {
  switch (event.type) {
    case 'call.admitted':
      return !call.isInFile && call.n === seq
    case 'call.settled':
    case 'call.expired':
    case 'call.refused':
      // Not where the clock was set back.
      return Date.parse(call.record.startedAt) + (call.record.durationMs ?? 0) === atMs
    default:
      return false
  }
}
