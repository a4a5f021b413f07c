import type { CallRecord } from '../../../shared/calls/call.ts'
import type { ExploreRow, SpendFilter } from '../../../shared/contract/explore.ts'
import { shortModel } from './call-filter.ts'

const TITLES: Record<string, string> = { key: 'API key', kind: 'Kind of call' }

/** `Project`, `API key`, `Tag team`. */
export function dimensionTitle(name: string): string {
  if (name.startsWith('tag:')) return `Tag ${name.slice(4)}`
  return TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1)
}

/** A value as people read it; what nobody named is `no project`. */
export function valueWords(name: string, value: string | null): string {
  if (value === null) return `no ${dimensionTitle(name).toLowerCase()}`
  if (name === 'kind') return value.replace('-', ' ')
  return name === 'model' ? shortModel(value) : value
}

/** What a row is called: where no agent gave its name, the program that was found by its socket. */
export function rowWords(by: string, { key, via }: Pick<ExploreRow, 'key' | 'via'>): string {
  return key === null && via !== null ? via : valueWords(by, key)
}

/** What a call is by each dimension, as filters name them. */
export function callValues(call: CallRecord): Readonly<Record<string, string | null>> {
  const { attribution: who, provider, requestModel, kind, conversation } = call
  return {
    developer: who.developer,
    project: who.project,
    branch: who.branch,
    session: who.session ?? conversation,
    agent: who.agent,
    process: who.process?.command ?? null,
    environment: who.environment,
    key: who.keyFingerprint,
    provider,
    model: requestModel,
    kind,
    conversation,
    ...Object.fromEntries(Object.entries(who.tags).map(([tag, value]) => [`tag:${tag}`, value])),
  }
}

/** Whether a call is one that a filter finds, by the rules that the gateway finds it by. */
export function fitsCall(call: CallRecord, filter: SpendFilter): boolean {
  const values = callValues(call)
  return Object.entries(filter).every(([name, wanted]) => wanted.includes(values[name] ?? null))
}
