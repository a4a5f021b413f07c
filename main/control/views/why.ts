import { commandLine } from '../../../shared/values/command-line.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Why } from '../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import type { RuleBase } from '../../../shared/rules/policy.ts'
import { ROLLUP_STEP_MS, nanosOf } from '../../core/ledger/reports/rollup.ts'
import { explain, nothingToExplain } from '../../core/ledger/reports/why.ts'
import { workloadName } from '../../core/ledger/reports/workload.ts'
import { findCall } from '../../ledger/queries/call-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import {
  callsOf,
  dimensionsOfConversation,
  type StepSpend,
  spendOfStep,
  steepestStep,
} from '../../ledger/queries/why-queries.ts'
import { capSpending } from './cap-spenders.ts'
import { momentOf } from './moment.ts'

export interface WhyQuestion {
  callId?: string | undefined
  /** The stretch in which the steepest rise is looked for: the last day when it is left out. */
  since?: string | undefined
  until?: string | undefined
  /** A moment of the chart: its quarter-hour is explained, however steep. */
  at?: string | undefined
}

/** How far back a conversation is followed, and how many of its calls are read. */
const CONVERSATION_MS = 2 * 3_600_000
const MAX_CALLS = 1_000

/** Traces a call, a moment, or the steepest rise of spend to its workload. Throws `not-found` and `usage`. */
export function explainSpend(
  database: Database,
  question: WhyQuestion,
  timeZone: string,
  nowMs: number,
  rules: readonly RuleBase[] = [],
): Why {
  if (question.callId !== undefined) return explainCall(database, question.callId, timeZone, rules)
  if (question.at !== undefined) {
    const atMs = momentOf('at', question.at, timeZone, nowMs)
    return explainStep(database, Math.floor(atMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS, timeZone)
  }
  const sinceMs = momentOf('since', question.since ?? '24h', timeZone, nowMs)
  const untilMs = question.until === undefined ? nowMs + 1 : momentOf('until', question.until, timeZone, nowMs)
  const stepMs = steepestStep(database, sinceMs, untilMs)
  return stepMs === null
    ? nothingToExplain(sinceMs, Math.max(sinceMs, untilMs))
    : explainStep(database, stepMs, timeZone)
}

function explainCall(database: Database, callId: string, timeZone: string, rules: readonly RuleBase[]): Why {
  const subject = findCall(database, callId)
  if (!subject) throw new AllowanceError('not-found', `no call ${callId}`, commandLine('calls'))
  const startedMs = Date.parse(subject.startedAt)
  const calls = conversationUpTo(database, subject, startedMs)
  const fromMs = Math.min(startedMs, ...calls.map((call) => Date.parse(call.startedAt)))
  const untilMs = Date.parse(subject.endedAt ?? subject.startedAt)
  const step = spendOfStep(database, Math.floor(startedMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS)
  const rest = sumOf(step.filter(({ dimensions }) => dimensions.values.model !== subject.requestModel))
  const totalNanos = calls.reduce((sum, call) => sum + nanosOf(call.costUsd), 0)
  return explain({
    subject,
    calls,
    totalNanos,
    totalCalls: calls.filter(({ state }) => state !== 'refused').length,
    capSpending: subject.refusal ? capSpending(database, subject, rules, timeZone) : null,
    fromMs,
    untilMs,
    rest,
    timeZone,
  })
}

function conversationUpTo(database: Database, subject: CallRecord, startedMs: number): CallRecord[] {
  if (subject.conversation === null) return [subject]
  const sinceMs = startedMs - CONVERSATION_MS
  const dimensions = dimensionsOfConversation(database, subject.conversation, sinceMs, startedMs)
  const calls = callsOf(database, dimensions, sinceMs, startedMs + 1, MAX_CALLS)
  return calls.some(({ id }) => id === subject.id) ? calls : [...calls, subject]
}

/** The workload whose spend rose most in a quarter-hour, and why. */
/** The quarter-hour's own end, also while it lasts: an end that moves with the clock makes each answer another one. */
function explainStep(database: Database, stepMs: number, timeZone: string): Why {
  const endMs = stepMs + ROLLUP_STEP_MS
  const now = groupsOf(spendOfStep(database, stepMs))
  const before = groupsOf(spendOfStep(database, stepMs - ROLLUP_STEP_MS))
  let steepest: { rows: StepSpend[]; rise: number } | null = null
  for (const [name, rows] of now) {
    const rise = sumOf(rows).nanos - sumOf(before.get(name) ?? []).nanos
    if (steepest === null || rise > steepest.rise) steepest = { rows, rise }
  }
  if (steepest === null) return nothingToExplain(stepMs, endMs)
  const { rows } = steepest
  const total = sumOf(rows)
  const calls = callsOf(database, new Set(rows.map(({ dimensionsId }) => dimensionsId)), stepMs, endMs, MAX_CALLS)
  const rest = sumOf([...now.values()].flat().filter((row) => !rows.includes(row)))
  return explain({
    subject: null,
    calls,
    totalNanos: total.nanos,
    totalCalls: total.calls,
    totalRefused: total.refused,
    fromMs: stepMs,
    // The same answer later: when its last call was over, not when the question was asked.
    untilMs: Math.max(stepMs, ...calls.map((call) => Math.min(endMs, Date.parse(call.endedAt ?? call.startedAt)))),
    rest,
    timeZone,
  })
}

function groupsOf(rows: readonly StepSpend[]): Map<string, StepSpend[]> {
  const groups = new Map<string, StepSpend[]>()
  for (const row of rows) {
    const name = workloadName(row.dimensions)
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  return groups
}

function sumOf(rows: readonly StepSpend[]): { nanos: number; calls: number; refused: number; tokens: number } {
  const sum = { nanos: 0, calls: 0, refused: 0, tokens: 0 }
  for (const { nanos, calls, refused, tokens } of rows) {
    sum.refused += refused
    sum.nanos += nanos
    sum.calls += calls
    sum.tokens += tokens
  }
  return sum
}
