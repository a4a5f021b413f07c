import type { ReconcileRow } from '../../../shared/contract/reconcile.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { contextTokens } from '../../../shared/calls/usage.ts'
import { nanosOf } from '../ledger/reports/rollup.ts'
import { type ReportedUsage, sumReported } from './reported-usage.ts'

/** Below this share of the larger side, a difference is none. */
const TOLERANCE = 0.01

interface Ours {
  calls: number
  inputTokens: number
  cacheReadTokens: number
  outputTokens: number
  costNanos: number
  estimated: number
  ceiling: number
}

export interface CompareFacts {
  calls: Iterable<CallRecord>
  reported: readonly ReportedUsage[]
  /** UTC days on which the gateway was passed by. */
  gapDays: ReadonlySet<string>
  /** Today in UTC: its report is not whole yet. */
  today: string
}

/** The ledger against what the providers report, per UTC day and model, each difference with what may explain it. */
export function compareUsage({ calls, reported, gapDays, today }: CompareFacts): ReconcileRow[] {
  const ours = new Map<string, Ours>()
  for (const call of calls) {
    if (!call.usage || call.billing !== 'metered') continue
    const model = call.responseModel ?? call.requestModel ?? ''
    add(ours, keyOf(call.provider, call.startedAt.slice(0, 10), model), call)
  }
  const theirs = new Map<string, ReportedUsage>()
  for (const usage of reported) {
    const key = keyOf(usage.provider, usage.day, usage.model)
    const known = theirs.get(key)
    theirs.set(key, known ? sumReported(known, usage) : usage)
  }
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .sort()
    .map((key) => rowOf(key, ours.get(key) ?? null, theirs.get(key) ?? null, gapDays, today))
}

function rowOf(
  key: string,
  ours: Ours | null,
  theirs: ReportedUsage | null,
  gapDays: ReadonlySet<string>,
  today: string,
): ReconcileRow {
  const [provider = '', day = '', model = ''] = JSON.parse(key) as string[]
  const tokens = {
    ledger: ours ? ours.inputTokens + ours.outputTokens : 0,
    reported: theirs ? theirs.inputTokens + theirs.outputTokens : 0,
  }
  const costNanos = ours?.costNanos ?? 0
  const agrees =
    isClose(tokens.ledger, tokens.reported) && (theirs?.costNanos == null || isClose(costNanos, theirs.costNanos))
  return {
    provider,
    day,
    model,
    ledger: side(ours),
    reported: theirs && { ...side(theirs), calls: theirs.calls },
    differenceUsd: theirs?.costNanos == null ? null : exactUsd(costNanos - theirs.costNanos),
    agrees,
    why: agrees ? [] : reasons(ours, theirs, tokens, gapDays.has(day), day === today),
  }
}

function reasons(
  ours: Ours | null,
  theirs: ReportedUsage | null,
  tokens: { ledger: number; reported: number },
  hasGap: boolean,
  isToday: boolean,
): string[] {
  const why: string[] = []
  const unseen = (theirs?.calls ?? 0) - (ours?.calls ?? 0)
  if (isToday) why.push('the day is not over, and reports lag by some hours')
  if (tokens.reported > tokens.ledger && !isClose(tokens.ledger, tokens.reported)) {
    const calls = theirs?.calls != null && unseen > 0 ? `${unseen} call${unseen === 1 ? '' : 's'}` : 'some calls'
    why.push(
      hasGap
        ? `${calls} bypassed the gateway during a gap that day`
        : `${calls} did not go through this gateway: other machines or people of the organization`,
    )
  }
  if (tokens.ledger > tokens.reported && !isClose(tokens.ledger, tokens.reported) && !isToday)
    why.push('calls with a key of another organization, or left out of the report')
  if (ours && ours.estimated > 0)
    why.push(`${ours.estimated} of our calls are estimated, because the provider did not say what they used`)
  if (ours && ours.ceiling > 0)
    why.push(`${ours.ceiling} of our calls are charged at a ceiling, because the price is not known`)
  if (isClose(tokens.ledger, tokens.reported))
    why.push('the same tokens at another price: discounts, credits, a service tier, or tools that are charged per use')
  return why
}

function side(one: Ours | ReportedUsage | null): ReconcileRow['ledger'] {
  return {
    calls: one?.calls ?? 0,
    inputTokens: one?.inputTokens ?? 0,
    cacheReadTokens: one?.cacheReadTokens ?? 0,
    outputTokens: one?.outputTokens ?? 0,
    costUsd: one?.costNanos == null ? null : exactUsd(one.costNanos),
  }
}

function add(sums: Map<string, Ours>, key: string, { usage, costUsd, priced }: CallRecord): void {
  const known = sums.get(key) ?? {
    calls: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    costNanos: 0,
    estimated: 0,
    ceiling: 0,
  }
  if (!usage) return
  sums.set(key, {
    calls: known.calls + 1,
    inputTokens: known.inputTokens + contextTokens(usage),
    cacheReadTokens: known.cacheReadTokens + usage.cacheRead,
    outputTokens: known.outputTokens + usage.output,
    costNanos: known.costNanos + nanosOf(costUsd),
    estimated: known.estimated + (usage.source === 'estimated' ? 1 : 0),
    ceiling: known.ceiling + (priced === 'ceiling' ? 1 : 0),
  })
}

/** Dated snapshots are told with their date in one report and without it in another. */
function keyOf(provider: string, day: string, model: string): string {
  return JSON.stringify([provider, day, model.replace(/-(20\d{2}-\d{2}-\d{2}|20\d{6})$/, '')])
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(a, b) * TOLERANCE
}
