import type { CallRecord, Ending } from '../../../shared/calls/call.ts'
import type { Level } from '../format/gauge.ts'

export type Tone = Level | 'live' | 'quiet'

export interface CallWords {
  label: string
  tone: Tone
}

/** One or two words for how a call stands, and how to colour them. */
export function callWords(call: CallRecord): CallWords {
  switch (call.state) {
    case 'open':
      return { label: call.stream ? 'Streaming' : 'In flight', tone: 'live' }
    case 'waiting':
      return { label: 'Waiting', tone: 'warn' }
    case 'asked':
      return { label: 'Asks you', tone: 'warn' }
    case 'settled':
      return settledWords(call.ending)
    case 'released':
      return { label: 'Not charged', tone: 'quiet' }
    case 'expired':
      return { label: 'Lost in a crash', tone: 'warn' }
    case 'refused':
      return { label: 'Refused', tone: 'stop' }
  }
}

function settledWords(ending: Ending | null): CallWords {
  switch (ending) {
    case 'cut':
      return { label: 'Cut at the cap', tone: 'stop' }
    case 'client-left':
      return { label: 'Client left', tone: 'quiet' }
    case 'upstream-broke':
      return { label: 'Broke off', tone: 'warn' }
    case 'upstream-error':
      return { label: 'Provider error', tone: 'warn' }
    case 'crashed':
      return { label: 'Lost in a crash', tone: 'warn' }
    case 'complete':
    case null:
      return { label: 'Settled', tone: 'calm' }
  }
}

/** `tool-loop` → `tool loop`. */
export function kindWords(kind: CallRecord['kind']): string {
  return kind.replace('-', ' ')
}

/** Who made a call, in the order in which people recognise it: `web · codex`. */
export function workload(call: Pick<CallRecord, 'attribution'>): string {
  const { project, agent, process, session } = call.attribution
  const names = [project, agent ?? process?.command ?? session].filter((name) => name !== null && name !== undefined)
  return names.length > 0 ? names.join(' · ') : 'unattributed'
}
