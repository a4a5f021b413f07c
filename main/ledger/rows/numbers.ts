import type { CallState } from '../../../shared/calls/call.ts'
import type { LedgerEvent } from '../../../shared/calls/events.ts'

/** Words that repeat are numbers in the file: their places here. New ones go to the end; none is ever moved. */
const STATES: readonly CallState[] = ['waiting', 'asked', 'open', 'settled', 'released', 'expired', 'refused']

const TYPES: readonly LedgerEvent['type'][] = [
  'call.waiting',
  'call.asked',
  'call.answered',
  'call.admitted',
  'call.topped-up',
  'call.refused',
  'call.settled',
  'call.released',
  'call.expired',
  'call.repriced',
  'gateway.started',
  'gateway.stopped',
  'gap.recorded',
  'policy.changed',
  'rules.changed',
  'hosts.pending',
  'hosts.trusted',
  'policy.rejected',
  'budget.warned',
  'budget.raised',
  'traffic.paused',
  'traffic.resumed',
  'provider.unapproved',
  'plan.observed',
  'plan.warned',
]

const stateNumbers = new Map(STATES.map((state, number) => [state, number]))
const typeNumbers = new Map(TYPES.map((type, number) => [type, number]))

export function stateNumber(state: CallState): number {
  return stateNumbers.get(state)!
}

/** Throws on a number that a later version gave. */
export function stateOf(number: number): CallState {
  const state = STATES[number]
  if (!state) throw new Error(`a call in the state ${number}`)
  return state
}

export function typeNumber(type: LedgerEvent['type']): number {
  return typeNumbers.get(type)!
}

/** Types that are written no more stand in old ledgers by name. */
export function typeOf(number: number | string): LedgerEvent['type'] {
  const type = typeof number === 'number' ? TYPES[number] : (number as LedgerEvent['type'])
  if (!type) throw new Error(`an event of the type ${number}`)
  return type
}

const listed = (states: readonly CallState[]) => `(${states.map(stateNumber).join(', ')})`

/** For SQL: states in which a call still has to end, in which it was closed, and in which it was sent and closed. */
export const UNFINISHED = listed(['waiting', 'asked', 'open'])
export const PRICED = listed(['settled', 'expired'])
export const MADE = listed(['settled', 'expired', 'released'])
export const REFUSED = stateNumber('refused')
