import type { CallRecord, CallState } from '../../../shared/calls/call.ts'
import { isLive } from '../../state/snapshot.ts'

export interface CallFilter {
  text: string
  project: string | null
  model: string | null
  state: StateGroup | null
}

/** The states as a developer asks for them: what runs, what was stopped, what is done. */
export type StateGroup = 'live' | 'settled' | 'refused' | 'unfinished'

export const NO_FILTER: CallFilter = { text: '', project: null, model: null, state: null }

export function stateGroup(state: CallState): StateGroup {
  if (isLive(state)) return 'live'
  if (state === 'refused' || state === 'settled') return state
  return 'unfinished'
}

/** The model that answered, or else the one that was asked for. */
export function modelOf(call: CallRecord): string | null {
  return call.responseModel ?? call.requestModel
}

/** A model's name without the date of its release, for where room is scarce: `gpt-5-mini-2025-08-07` → `gpt-5-mini`. */
export function shortModel(model: string): string {
  return model.replace(/-(20\d{2}-\d{2}-\d{2}|20\d{6})$/, '')
}

/** What a row calls a call: its model, or else its API. */
export function callTitle(call: CallRecord): string {
  const model = modelOf(call)
  return model === null ? call.api : shortModel(model)
}

/** Newest first; every word of the text has to occur somewhere in what a row shows. */
export function filterCalls(calls: readonly CallRecord[], filter: CallFilter): CallRecord[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const found: CallRecord[] = []
  for (let index = calls.length - 1; index >= 0; index--) {
    const call = calls[index]!
    if (filter.project !== null && call.attribution.project !== filter.project) continue
    if (filter.model !== null && modelOf(call) !== filter.model) continue
    if (filter.state !== null && stateGroup(call.state) !== filter.state) continue
    if (words.length > 0 && !matches(call, words)) continue
    found.push(call)
  }
  return found
}

function matches(call: CallRecord, words: readonly string[]): boolean {
  const { project, branch, session, agent, developer, environment, process, tags } = call.attribution
  const text = [
    call.id,
    call.provider,
    call.api,
    call.requestModel,
    call.responseModel,
    call.kind,
    call.state,
    call.refusal?.code,
    call.conversation,
    project,
    branch,
    session,
    agent,
    developer,
    environment,
    process?.command,
    ...Object.values(tags),
  ]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

/** The values to choose from, as they occur, in alphabetical order. */
export function choices(calls: readonly CallRecord[], read: (call: CallRecord) => string | null): string[] {
  const values = new Set<string>()
  for (const call of calls) {
    const value = read(call)
    if (value !== null) values.add(value)
  }
  return [...values].sort()
}
