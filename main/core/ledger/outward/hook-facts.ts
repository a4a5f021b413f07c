import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { LedgerEntry } from '../../../../shared/calls/events.ts'
import type { HookEvent } from '../../../../shared/rules/hooks.ts'
import { loopWarning, noticeOf, refusalNotice } from '../reports/notices.ts'

/** One thing that hooks are told, before it is known who wants to hear it. */
export interface HookFacts {
  event: HookEvent
  /** Facts of the same key are told once a day. */
  key: string
  title: string
  body: string
  rule: string | null
}

/** What a hook gets on its standard input, or as the body of a request. No prompt, no key: as the ledger has it. */
export interface HookPayload extends Omit<HookFacts, 'key'> {
  schema: 1
  /** The same when it is sent again. */
  id: string
  at: string
  developer: string
  call: HookCall | null
}

type HookCall = Pick<CallRecord, 'id' | 'provider' | 'requestModel' | 'kind' | 'conversation' | 'costUsd'> &
  Pick<
    CallRecord['attribution'],
    'project' | 'branch' | 'session' | 'agent' | 'environment' | 'keyFingerprint' | 'tags'
  > & { refusal: string | null }

/** What the events themselves do not say. */
export interface HookMemory {
  /** True once for each key: for the first call that uses it. */
  isNewKey(fingerprint: string): boolean
  /** The guard of a rule in force; null for none. */
  guardOf(rule: string): string | null
}

/** What an event of the ledger is to hooks; mostly nothing. */
export function hookFactsOf(entry: LedgerEntry, memory: HookMemory): HookFacts[] {
  const { event } = entry
  const notice = noticeOf(entry)
  const told = (name: HookEvent, rule: string | null = null): HookFacts[] =>
    notice === null ? [] : [{ event: name, key: notice.key, title: notice.title, body: notice.body, rule }]
  switch (event.type) {
    case 'budget.warned':
      return told('cap-threshold', event.rule)
    case 'provider.unapproved':
      return told('shadow-ai')
    case 'policy.changed':
    case 'policy.rejected':
      return told('policy-changed')
    case 'call.refused': {
      const { refusal } = event
      const known = refusalNotice(entry.seq, entry.atMs, event.callId, refusal)
      if (known === null) return []
      const facts = { key: known.key, title: known.title, body: known.body, rule: refusal.rule }
      const isLoop = refusal.code === 'loop-detected' || event.verdicts.some(({ guard }) => guard === 'loop')
      return [{ ...facts, event: 'refused' }, ...(isLoop ? [{ ...facts, event: 'loop' as const }] : [])]
    }
    case 'call.asked':
      return memory.guardOf(event.rule) === 'loop' ? told('loop', event.rule) : []
    case 'call.admitted':
      return [...told('loop', loopWarning(event.verdicts)?.rule ?? null), ...ofPrice(event), ...ofKey(event, memory)]
    default:
      return []
  }
}

type Admitted = Extract<LedgerEntry['event'], { type: 'call.admitted' }>

function ofPrice({ call }: Admitted): HookFacts[] {
  if (call.priced !== 'ceiling') return []
  const model = call.requestModel ?? 'a model without a name'
  const body = `${call.provider} ${model} has no known price: it is charged at the provider's highest. Add it to "prices".`
  return [
    {
      event: 'unpriced-model',
      key: `price:${call.provider}:${model}`,
      title: `${model} has no known price`,
      body,
      rule: null,
    },
  ]
}

function ofKey({ call }: Admitted, memory: HookMemory): HookFacts[] {
  const { keyFingerprint } = call.attribution
  if (keyFingerprint === null || !memory.isNewKey(keyFingerprint)) return []
  const body = `${call.provider} was called with a key that this machine had not seen before (${keyFingerprint}).`
  return [{ event: 'key-seen-new', key: `key:${keyFingerprint}`, title: 'A new API key is used', body, rule: null }]
}

/** The facts as they are sent. */
export function hookPayload(
  { event, title, body, rule }: HookFacts,
  { seq, atMs }: Pick<LedgerEntry, 'seq' | 'atMs'>,
  record: CallRecord | null,
  developer: string,
): HookPayload {
  const at = new Date(atMs).toISOString()
  return { schema: 1, id: `${seq}-${event}`, event, at, developer, title, body, rule, call: record && callOf(record) }
}

function callOf(record: CallRecord): HookCall {
  const { id, provider, requestModel, kind, conversation, costUsd, refusal } = record
  const { project, branch, session, agent, environment, keyFingerprint, tags } = record.attribution
  const who = { project, branch, session, agent, environment, keyFingerprint, tags }
  return { id, provider, requestModel, kind, conversation, costUsd, refusal: refusal?.code ?? null, ...who }
}

/** The body that Slack and what imitates it take: a text, in which `&`, `<` and `>` are escaped. */
export function slackBody({ title, body, developer, call }: HookPayload): { text: string } {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const place = [developer, call?.project, call?.agent].filter((part) => part != null).join(' · ')
  return { text: [`*${escaped(title)}*`, escaped(body), escaped(place)].filter((line) => line !== '').join('\n') }
}
