import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Usage } from '../../../shared/calls/usage.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'

/** What many calls have in common, kept once: text by text the same for all calls of a program to a model. */
export type Facts = Pick<CallRecord, (typeof FACTS)[number]> & { source: Usage['source'] | null }

const FACTS = [
  'provider',
  'api',
  'requestModel',
  'responseModel',
  'serviceTier',
  'stream',
  'kind',
  'billing',
  'via',
  'attribution',
  'contextWindow',
  'priced',
  'priceVersion',
  'httpStatus',
  'ending',
] as const

/** The columns that a call's record is read from. */
export interface CallRow {
  id: string
  seq: number
  state: string
  started_ms: number
  cost_nanos: number
  /** Null in rows of older versions, whose `record` is the whole record as JSON. */
  facts_id: number | null
  record: string
}

const COUNTS = [
  'uncachedInput',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioInput',
  'audioOutput',
  'imageInput',
  'imageOutput',
] as const

/** What is empty for most calls. */
type Rare = Partial<Pick<CallRecord, 'toolUses' | 'cacheMiss' | 'refusal' | 'verdicts' | 'endedAt' | 'costUsd'>>

type Kept = [
  durationMs: number | null,
  firstByteMs: number | null,
  responseId: string | null,
  conversation: string | null,
  attempt: number,
  stepMark: string | null,
  stepTools: string[] | 0,
  contextTokens: number | null,
  heldNanos: number,
  clampedTo: number | null,
  counts: number[] | 0,
  rare?: Rare,
]

/** States of calls that cost nothing yet, or never will. */
const UNPRICED: ReadonlySet<string> = new Set(['waiting', 'asked', 'open', 'refused'])

export function factsOf(record: CallRecord): string {
  const facts = Object.fromEntries(FACTS.map((name) => [name, record[name] ?? null]))
  return JSON.stringify({ ...facts, source: record.usage?.source ?? null })
}

/** What of a record stands neither in its columns nor in its facts. */
export function packRecord(record: CallRecord): string {
  const { usage, step } = record
  const kept: Kept = [
    record.durationMs,
    record.firstByteMs,
    record.responseId,
    record.conversation,
    record.attempt,
    step?.mark ?? null,
    step && step.tools.length > 0 ? step.tools : 0,
    record.contextTokens,
    nanosOf(record.heldUsd),
    record.clampedTo,
    usage ? withoutTail(COUNTS.map((name) => usage[name])) : 0,
  ]
  const rare = rareOf(record)
  if (rare) kept.push(rare)
  return JSON.stringify(kept)
}

export function unpackRecord(row: CallRow, facts: (id: number) => Facts): CallRecord {
  if (row.facts_id === null) return JSON.parse(row.record) as CallRecord
  const { source, ...common } = facts(row.facts_id)
  const [
    durationMs,
    firstByteMs,
    responseId,
    conversation,
    attempt,
    mark,
    tools,
    contextTokens,
    held,
    clampedTo,
    counts,
    rare,
  ] = JSON.parse(row.record) as Kept
  const costUsd = UNPRICED.has(row.state) ? null : exactUsd(row.cost_nanos)
  return {
    schema: 1,
    id: row.id,
    seq: row.seq,
    state: row.state as CallRecord['state'],
    startedAt: new Date(row.started_ms).toISOString(),
    endedAt: durationMs === null ? null : new Date(row.started_ms + durationMs).toISOString(),
    durationMs,
    firstByteMs,
    provider: common.provider,
    api: common.api,
    requestModel: common.requestModel,
    responseModel: common.responseModel,
    responseId,
    serviceTier: common.serviceTier ?? null,
    toolUses: counts === 0 ? null : {},
    stream: common.stream,
    kind: common.kind,
    billing: common.billing,
    via: common.via ?? null,
    attribution: common.attribution,
    conversation,
    attempt,
    step: mark === null ? null : { tools: tools === 0 ? [] : tools, mark },
    contextTokens,
    contextWindow: common.contextWindow,
    usage: counts === 0 ? null : usageOf(counts, source ?? 'estimated'),
    costUsd,
    cacheMiss: null,
    heldUsd: exactUsd(held),
    clampedTo,
    priced: common.priced,
    priceVersion: common.priceVersion,
    httpStatus: common.httpStatus,
    ending: common.ending,
    refusal: null,
    verdicts: [],
    ...rare,
  }
}

/** What a record has beside what most have; null where it is like most. */
function rareOf(record: CallRecord): Rare | null {
  const { usage, toolUses, cacheMiss, refusal, verdicts, endedAt, durationMs, costUsd, state, startedAt } = record
  const rare: Rare = {}
  // Nothing was used by piece, which a closed call says by an empty list.
  const isUsual = usage ? toolUses && Object.keys(toolUses).length === 0 : !toolUses
  if (!isUsual) rare.toolUses = toolUses ?? null
  if (cacheMiss) rare.cacheMiss = cacheMiss
  if (refusal) rare.refusal = refusal
  if (verdicts.length > 0) rare.verdicts = verdicts
  // A clock that was set back, and whatever else does not follow from the columns.
  const end = durationMs === null ? null : new Date(Date.parse(startedAt) + durationMs).toISOString()
  if (endedAt !== end) rare.endedAt = endedAt
  const cost = UNPRICED.has(state) ? null : exactUsd(nanosOf(costUsd))
  if (costUsd !== cost) rare.costUsd = costUsd
  return Object.keys(rare).length > 0 ? rare : null
}

function usageOf(counts: readonly number[], source: Usage['source']): Usage {
  const usage = Object.fromEntries(COUNTS.map((name, index) => [name, counts[index] ?? 0]))
  return { ...(usage as Record<(typeof COUNTS)[number], number>), source }
}

function withoutTail(numbers: readonly number[]): number[] {
  let end = numbers.length
  while (end > 0 && numbers[end - 1] === 0) end -= 1
  return numbers.slice(0, end)
}
