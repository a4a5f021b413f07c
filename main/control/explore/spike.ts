import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Spike, SpendFilter, Workload } from '../../../shared/contract/explore.ts'
import { exactUsd, type UsdNanos } from '../../../shared/values/money.ts'
import { isPaid, nameOf, rowFilter } from '../../core/ledger/reports/explore-report.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import { fitsFilter } from '../../core/ledger/reports/spend-filter.ts'
import { explain, nothingToExplain } from '../../core/ledger/reports/why.ts'
import { workloadFilter, workloadName, workloadWords } from '../../core/ledger/reports/workload.ts'
import { valueOf } from '../../core/policy/document/scope.ts'
import { callsOfSpan, spendOfSpan } from '../../ledger/queries/why-queries.ts'
import { type ExploreFrame, iso, spanOf } from './explore.ts'

type Row = ReturnType<typeof spendOfSpan>[number]

interface Group {
  rows: Row[]
  nanos: UsdNanos
  beforeNanos: UsdNanos
  calls: number
}

/** Calls read for the cause: as many as a day of one busy agent. */
const MAX_CALLS = 1_000
const MAX_WORKLOADS = 20
const MAX_VALUES = 6
const MAX_PAUSABLE = 20
const PARTS = ['project', 'branch', 'agent', 'model', 'kind', 'environment'] as const

/** A stretch of time against the one before it: who spent more, and why the largest of them did. */
export function explainSpike(
  frame: ExploreFrame,
  question: { since: string; until: string; filter?: SpendFilter | undefined },
): Spike {
  const { database, timeZone } = frame
  const { filter = {} } = question
  const [sinceMs, untilMs] = spanOf(frame, question)
  const read = (fromMs: number, toMs: number) =>
    spendOfSpan(database, fromMs, toMs).filter((row) => isPaid({ profile: row.dimensions }) && fitsWhole(row, filter))
  const now = read(sinceMs, untilMs)
  const before = read(2 * sinceMs - untilMs, sinceMs)
  const groups = grouped(now, before, ({ dimensions }) => workloadName(dimensions))
  const [largest] = groups
  const sum = (rows: readonly Row[], of: 'nanos' | 'calls' | 'refused') =>
    rows.reduce((total, row) => total + row[of], 0)
  const about = largest && callsOfLargest(frame, largest, now, sinceMs, untilMs)
  const calls = about?.calls ?? []
  return {
    schema: 1,
    since: iso(sinceMs),
    until: iso(untilMs),
    timezone: timeZone,
    costUsd: exactUsd(sum(now, 'nanos')),
    beforeUsd: exactUsd(sum(before, 'nanos')),
    calls: sum(now, 'calls'),
    refused: sum(now, 'refused'),
    workloads: groups.slice(0, MAX_WORKLOADS).map(workloadOf),
    parts: Object.fromEntries(
      PARTS.map((name) => [
        name,
        grouped(now, before, (row) => JSON.stringify(nameIn(name, row)))
          .slice(0, MAX_VALUES)
          .map(({ rows: [row], nanos, beforeNanos }) => {
            const named = nameIn(name, row!)
            const filter = rowFilter(name, named)
            return { ...named, filter, costUsd: exactUsd(nanos), beforeUsd: exactUsd(beforeNanos) }
          }),
      ]),
    ),
    why: about?.why ?? nothingToExplain(sinceMs, untilMs),
    topCalls: about?.costliest ?? [],
    cacheMisses: missesOf(calls),
    context: growthOf(calls),
    pausable: largest ? pausableOf(largest.rows) : [],
  }
}

/** Sessions stand for conversations that have none, as everywhere. */
function fitsWhole({ dimensions }: Row, { session, ...filter }: SpendFilter): boolean {
  if (session && !session.includes(valueOf(dimensions, 'session'))) return false
  return fitsFilter(dimensions, filter)
}

/** As every report names it: where no agent gave its name, by the program. */
function nameIn(by: string, { dimensions }: Row) {
  return nameOf(by, { profile: dimensions, thread: null })
}

/** Rows by a name, the largest rise first. */
function grouped(now: readonly Row[], before: readonly Row[], nameOf: (row: Row) => string): Group[] {
  const groups = new Map<string, Group>()
  for (const row of now) {
    const group = groups.get(nameOf(row)) ?? { rows: [], nanos: 0, beforeNanos: 0, calls: 0 }
    groups.set(nameOf(row), group)
    group.rows.push(row)
    group.nanos += row.nanos
    group.calls += row.calls
  }
  for (const row of before) {
    const group = groups.get(nameOf(row))
    if (group) group.beforeNanos += row.nanos
  }
  return [...groups.values()].sort((a, b) => b.nanos - b.beforeNanos - (a.nanos - a.beforeNanos))
}

function workloadOf({ rows, nanos, beforeNanos, calls }: Group): Workload {
  const { dimensions } = rows[0]!
  const { project = null, branch = null, agent = null } = dimensions.values
  return {
    name: workloadWords(dimensions),
    project,
    branch,
    agent,
    filter: workloadFilter(dimensions),
    costUsd: exactUsd(nanos),
    beforeUsd: exactUsd(beforeNanos),
    calls,
  }
}

function callsOfLargest(
  { database, timeZone }: ExploreFrame,
  largest: Group,
  now: readonly Row[],
  sinceMs: number,
  untilMs: number,
) {
  const ids = largest.rows.map(({ dimensionsId }) => dimensionsId)
  const { calls, costliest } = callsOfSpan(database, ids, sinceMs, untilMs, MAX_CALLS)
  const others = now.filter((row) => !largest.rows.includes(row))
  const rest = {
    calls: others.reduce((sum, row) => sum + row.calls, 0),
    tokens: others.reduce((sum, row) => sum + row.tokens, 0),
    nanos: others.reduce((sum, row) => sum + row.nanos, 0),
  }
  const why = explain({
    subject: null,
    calls,
    totalNanos: largest.nanos,
    totalCalls: largest.calls,
    fromMs: sinceMs,
    untilMs,
    rest,
    timeZone,
  })
  return { calls, costliest, why }
}

function missesOf(calls: readonly CallRecord[]): Spike['cacheMisses'] {
  const missed = calls.flatMap(({ cacheMiss }) => (cacheMiss ? [cacheMiss] : []))
  return {
    calls: missed.length,
    tokens: missed.reduce((sum, { tokens }) => sum + tokens, 0),
    costUsd: exactUsd(missed.reduce((sum, { costUsd }) => sum + nanosOf(costUsd), 0)),
  }
}

/** How the context of the turns grew; calls beside a conversation say nothing of it. */
function growthOf(calls: readonly CallRecord[]): Spike['context'] {
  const turns = calls.filter(({ kind, usage }) => usage !== null && kind !== 'auxiliary' && kind !== 'retrieval')
  const first = turns.at(0)?.contextTokens ?? null
  const last = turns.at(-1)?.contextTokens ?? null
  return first === null || last === null || turns.length < 2 ? null : { firstTokens: first, lastTokens: last }
}

function pausableOf(rows: readonly Row[]): string[] {
  const names = rows.flatMap(({ dimensions }) => valueOf(dimensions, 'session') ?? [])
  return [...new Set(names)].slice(0, MAX_PAUSABLE)
}
