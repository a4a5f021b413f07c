import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { Why } from '../../../../shared/contract/contract.ts'
import { exactUsd, formatUsd, type UsdNanos } from '../../../../shared/values/money.ts'
import { describeCaller } from '../../policy/decision/sentences.ts'
import { formatStretch } from '../../../../shared/values/format.ts'
import { nanosOf } from './rollup.ts'
import { type CapSpending, refusedBecause } from './why-refused.ts'
import { type Cause, causesOf, type RestOfSpend } from './why-causes.ts'

export interface WhyInput {
  /** The call that was asked about; null when a stretch of time was. */
  subject: CallRecord | null
  /** The workload's calls, oldest first; of very many, the most expensive ones. */
  calls: readonly CallRecord[]
  /** What the whole workload cost in that time, and in how many calls. */
  totalNanos: UsdNanos
  totalCalls: number
  fromMs: number
  untilMs: number
  /** Everything else in that time, to compare prices with. */
  rest: RestOfSpend
  /** Calls of the workload that were refused in that time; they are in no other count. */
  totalRefused?: number
  /** Where the cap had gone that refused the call that was asked about. */
  capSpending?: CapSpending | null
  timeZone: string
}

/** Calls that are named in an answer: enough to look at, few enough to read. */
const MAX_NAMED = 50

/** Why a call, or the calls of a workload, cost what they did: one cause with its evidence, and who it was. Pure. */
export function explain(input: WhyInput): Why {
  const { subject, calls, totalNanos, totalCalls, fromMs, untilMs } = input
  const about = subject ?? mostExpensive(calls)
  const refused = subject && refusedBecause(subject, input.capSpending ?? null, input.timeZone)
  // What a loop guard refused is a loop, with what repeats; every other refusal is its rule's doing, whatever came before.
  const isLoop = subject?.refusal?.code === 'loop-detected' || subject?.refusal?.code === 'retry-storm'
  const cause = refused && !isLoop ? refused : causesOf(calls, subject, input.rest)
  const named = subject ? [subject, ...calls.filter(({ id }) => id !== subject.id)] : byCost(calls)
  return {
    schema: 1,
    sentence: sentenceOf(input, about, cause),
    costUsd: exactUsd(subject ? nanosOf(subject.costUsd) : totalNanos),
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    attribution: about?.attribution ?? null,
    cause: cause?.cause ?? 'volume',
    evidence: {
      ...cause?.evidence,
      calls: totalCalls,
      refused: input.totalRefused ?? 0,
      workloadUsd: exactUsd(totalNanos),
      kinds: countBy(calls, ({ kind }) => kind),
      models: countBy(calls, ({ responseModel, requestModel }) => responseModel ?? requestModel ?? 'unknown'),
      verdicts: verdictsOf(subject ? [subject] : calls),
    },
    calls: named.slice(0, MAX_NAMED).map(({ id }) => id),
  }
}

/** Where nothing was spent, there is nothing to explain. */
export function nothingToExplain(fromMs: number, untilMs: number): Why {
  return {
    schema: 1,
    sentence: 'Nothing was spent in this time.',
    costUsd: exactUsd(0),
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    attribution: null,
    cause: null,
    evidence: {},
    calls: [],
  }
}

function sentenceOf(
  { subject, totalNanos, totalCalls, fromMs, untilMs, timeZone }: WhyInput,
  about: CallRecord | null,
  cause: Cause | null,
): string {
  const who = about ? describeCaller(about) : 'an unknown caller'
  const because = cause ? `: ${cause.sentence}` : ''
  if (subject) {
    const cost = subject.costUsd === null ? 'has no cost yet' : `cost ${formatUsd(nanosOf(subject.costUsd))}`
    return `This call of ${who} ${subject.state === 'refused' ? 'was refused' : cost}${because}.`
  }
  const stretch = formatStretch(fromMs, untilMs, timeZone)
  return `${who} spent ${formatUsd(totalNanos)} in ${totalCalls} ${totalCalls === 1 ? 'call' : 'calls'} ${stretch}${because}.`
}

function byCost(calls: readonly CallRecord[]): CallRecord[] {
  return [...calls].sort((a, b) => nanosOf(b.costUsd) - nanosOf(a.costUsd))
}

function mostExpensive(calls: readonly CallRecord[]): CallRecord | null {
  return byCost(calls)[0] ?? null
}

function countBy(calls: readonly CallRecord[], key: (call: CallRecord) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const call of calls) counts[key(call)] = (counts[key(call)] ?? 0) + 1
  return counts
}

const MAX_VERDICTS = 10

function verdictsOf(calls: readonly CallRecord[]): { rule: string; verdict: string; reason: string }[] {
  const seen = new Map<string, { rule: string; verdict: string; reason: string }>()
  for (const call of calls)
    for (const { guard, rule, verdict, reason } of call.verdicts)
      seen.set(`${rule ?? guard} ${verdict}`, { rule: rule ?? guard, verdict, reason })
  return [...seen.values()].slice(-MAX_VERDICTS)
}
