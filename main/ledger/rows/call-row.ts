import { type Attribution, NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { contextTokens, type Usage } from '../../../shared/calls/usage.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import { stateOf } from './numbers.ts'

/** What many calls have in common, kept once: text by text the same for all calls of an API and a model that ended alike. */
export type Facts = Pick<CallRecord, (typeof FACTS)[number]> & {
  source: Usage['source'] | null
  /** Only in what version 4 wrote: since then it stands by itself. */
  attribution?: Attribution
}

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
  'contextWindow',
  'priced',
  'priceVersion',
  'httpStatus',
  'ending',
] as const satisfies (keyof CallRecord)[]

/** What of a record stands in columns of the call's row by itself. */
export const RECORD_COLUMNS = [
  'pid',
  'duration_ms',
  'first_byte_ms',
  'response_id',
  'attempt',
  'step_mark',
  'step_tools',
  'context_tokens',
  'held_nanos',
  'clamped_to',
  'uncached_input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'more',
] as const

type Columns = [
  pid: number | null,
  durationMs: number | null,
  firstByteMs: number | null,
  responseId: string | null,
  attempt: number,
  stepMark: string | null,
  stepTools: string | null,
  /** Null where it follows from the usage. */
  contextTokens: number | null,
  heldNanos: number,
  clampedTo: number | null,
  uncachedInput: number | null,
  cacheRead: number | null,
  cacheWrite5m: number | null,
  cacheWrite1h: number | null,
  output: number | null,
  reasoning: number | null,
  more: string | null,
]

/** A call's row as one list, as `RECORD` selects it. */
export type CallRow = [
  id: string,
  seq: number,
  state: number,
  startedMs: number,
  costNanos: number,
  /** Null in rows of the first versions, whose `more` is the whole record as JSON. */
  factsId: number | null,
  /** Null where the facts say it. */
  callerId: number | null,
  thread: [session: string | null, conversation: string | null] | null,
  ...columns: Columns,
]

/** What is empty for most calls. */
type Rare = Partial<
  Pick<CallRecord, 'toolUses' | 'cacheMiss' | 'refusal' | 'verdicts' | 'endedAt' | 'costUsd' | 'contextTokens'>
>
type More = Rare & { media?: number[] }

/** States of calls that cost nothing yet, or never will. */
const UNPRICED: ReadonlySet<string> = new Set(['waiting', 'asked', 'open', 'refused'])

export function factsOf(record: CallRecord): string {
  const facts: Record<string, unknown> = {}
  for (const name of FACTS) facts[name] = record[name] ?? null
  facts['source'] = record.usage?.source ?? null
  return JSON.stringify(facts)
}

const callers = new WeakMap<Attribution, string>()

/** Who called, without what is another's each time: the session stands in the call's dimensions, the process's number in its row. */
export function callerOf({ attribution }: CallRecord): string {
  const known = callers.get(attribution)
  if (known !== undefined) return known
  const process = attribution.process && { ...attribution.process, pid: 0 }
  const text = JSON.stringify({ ...attribution, session: null, process })
  callers.set(attribution, text)
  return text
}

/** The values of `RECORD_COLUMNS`. */
export function packRecord(record: CallRecord): Columns {
  const { usage, step } = record
  const more = moreOf(record)
  return [
    record.attribution.process?.pid ?? null,
    record.durationMs,
    record.firstByteMs,
    record.responseId,
    record.attempt,
    step?.mark ?? null,
    step && step.tools.length > 0 ? JSON.stringify(step.tools) : null,
    usage && contextTokens(usage) === record.contextTokens ? null : record.contextTokens,
    nanosOf(record.heldUsd),
    record.clampedTo,
    usage?.uncachedInput ?? null,
    usage?.cacheRead ?? null,
    usage?.cacheWrite5m ?? null,
    usage?.cacheWrite1h ?? null,
    usage?.output ?? null,
    usage?.reasoning ?? null,
    more && JSON.stringify(more),
  ]
}

/** Reads the texts that rows name by number. */
export interface TextReader {
  facts(id: number): Facts
  caller(id: number): Attribution
}

export function unpackRecord(row: CallRow, texts: TextReader): CallRecord {
  const [
    id,
    seq,
    stateNumber,
    startedMs,
    costNanos,
    factsId,
    callerId,
    thread,
    pid,
    durationMs,
    firstByteMs,
    responseId,
    ...rest
  ] = row
  const [attempt, mark, tools, context, held, clampedTo, uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h] = rest
  const [output, reasoning, moreText] = rest.slice(10) as [number | null, number | null, string | null]
  if (factsId === null) return JSON.parse(moreText!) as CallRecord
  const { source, attribution: within = NO_ATTRIBUTION, ...common } = texts.facts(factsId)
  const attribution = callerId === null ? within : texts.caller(callerId)
  const { media, ...rare }: More = moreText === null ? {} : (JSON.parse(moreText) as More)
  const state = stateOf(stateNumber)
  const [audioInput = 0, audioOutput = 0, imageInput = 0, imageOutput = 0] = media ?? []
  const usage: Usage | null =
    uncachedInput === null
      ? null
      : {
          uncachedInput,
          cacheRead: cacheRead ?? 0,
          cacheWrite5m: cacheWrite5m ?? 0,
          cacheWrite1h: cacheWrite1h ?? 0,
          output: output ?? 0,
          reasoning: reasoning ?? 0,
          audioInput,
          audioOutput,
          imageInput,
          imageOutput,
          source: source ?? 'estimated',
        }
  const { process } = attribution
  return {
    schema: 1,
    id,
    seq,
    state,
    startedAt: new Date(startedMs).toISOString(),
    endedAt: durationMs === null ? null : new Date(startedMs + durationMs).toISOString(),
    durationMs,
    firstByteMs,
    provider: common.provider,
    api: common.api,
    requestModel: common.requestModel,
    responseModel: common.responseModel,
    responseId,
    serviceTier: common.serviceTier ?? null,
    toolUses: usage ? {} : null,
    stream: common.stream,
    kind: common.kind,
    billing: common.billing,
    via: common.via ?? null,
    attribution: {
      ...attribution,
      session: thread?.[0] ?? attribution.session,
      process: process && { ...process, pid: pid ?? process.pid },
    },
    conversation: thread?.[1] ?? null,
    attempt,
    step: mark === null ? null : { tools: tools === null ? [] : (JSON.parse(tools) as string[]), mark },
    contextTokens: context ?? (usage ? contextTokens(usage) : null),
    contextWindow: common.contextWindow,
    usage,
    costUsd: UNPRICED.has(state) ? null : exactUsd(costNanos),
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
function moreOf(record: CallRecord): More | null {
  const { usage, toolUses, cacheMiss, refusal, verdicts, endedAt, durationMs, costUsd, state, startedAt } = record
  const more: More = {}
  // Nothing was used by piece, which a closed call says by an empty list.
  const isUsual = usage ? toolUses && Object.keys(toolUses).length === 0 : !toolUses
  if (!isUsual) more.toolUses = toolUses ?? null
  if (cacheMiss) more.cacheMiss = cacheMiss
  if (refusal) more.refusal = refusal
  if (verdicts.length > 0) more.verdicts = verdicts
  // A clock that was set back, and whatever else does not follow from the columns.
  const end = durationMs === null ? null : new Date(Date.parse(startedAt) + durationMs).toISOString()
  if (endedAt !== end) more.endedAt = endedAt
  const cost = UNPRICED.has(state) ? null : exactUsd(nanosOf(costUsd))
  if (costUsd !== cost) more.costUsd = costUsd
  if (usage && record.contextTokens === null) more.contextTokens = null
  if (usage) {
    const media = [usage.audioInput, usage.audioOutput, usage.imageInput, usage.imageOutput]
    if (media.some((count) => count > 0)) more.media = media
  }
  return Object.keys(more).length > 0 ? more : null
}
