import type { CallRecord } from '../../../shared/calls/call.ts'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { CallEvent, LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { applyCallEvent } from '../../core/ledger/calls/call-lifecycle.ts'
import {
  nanosOf,
  ROLLUP_STEP_MS,
  rollupDifference,
  type RollupStep,
  rollupStepOf,
} from '../../core/ledger/reports/rollup.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import { migrate } from './migrate.ts'
import { type Database, openDatabase, type Statement } from './sqlite.ts'

/** How many rows of dimensions are kept by text, to spare a look-up per call. */
const MAX_CACHED_DIMENSIONS = 10_000

/**
 * Writes the ledger's file: an event and its projections in one transaction. WAL with synchronous NORMAL: what was
 * committed survives a kill -9; a power cut can take the last moments, never the file. One process writes.
 */
export class SqliteStore {
  readonly #database: Database
  readonly #statements: Record<keyof typeof SQL, Statement>
  readonly #dimensions = new Map<string, number>()
  /** Records of calls that are not over, so that an event needs no read. */
  readonly #live = new Map<string, { record: CallRecord; admittedMs: number | null; dimensionsId: number }>()

  /** Throws `ledger-unavailable` with the path and the reason. */
  constructor(path: string) {
    try {
      this.#database = openDatabase(path)
      this.#database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000; PRAGMA foreign_keys = ON',
      )
      migrate(this.#database)
      this.#statements = prepareAll(this.#database)
    } catch (error) {
      if (error instanceof AllowanceError) throw error
      throw new AllowanceError(
        'ledger-unavailable',
        `the ledger ${path} cannot be opened: ${messageOf(error)}`,
        'free disk space or fix the permissions, then start again',
        { cause: error },
      )
    }
    for (const row of this.#statements.unfinished.all() as UnfinishedRow[]) {
      this.#live.set(row.id, {
        record: JSON.parse(row.record) as CallRecord,
        admittedMs: row.admitted_ms,
        dimensionsId: row.dimensions_id,
      })
    }
  }

  /** The one write. Throws what SQLite throws (a full disk); then nothing of the event is in the file. */
  append(atMs: number, event: LedgerEvent): LedgerEntry & { record: CallRecord | null } {
    const { seq, project } = this.#inTransaction(() => {
      const callId = 'callId' in event ? event.callId : null
      const { lastInsertRowid } = this.#statements.insertEvent.run(atMs, event.type, callId, JSON.stringify(event))
      const seq = Number(lastInsertRowid)
      return { seq, project: callId === null ? null : this.#project(seq, atMs, event as CallEvent) }
    })
    project?.keep()
    return { seq, atMs, event, record: project?.record ?? null }
  }

  /** All of it or nothing; a transaction that failed is never left open, or no later one could begin. */
  #inTransaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      // Rows that were made in it are gone with it.
      this.#dimensions.clear()
      try {
        this.#database.exec('ROLLBACK')
      } catch {
        // A failed COMMIT has rolled back already; the first error is the one that says why.
      }
      throw error
    }
  }

  /** True the first time that a response is seen: a retried GET of it is not charged again. */
  firstSightOf(responseId: string, callId: string, atMs: number): boolean {
    return Number(this.#statements.insertResponse.run(responseId, callId, atMs).changes) === 1
  }

  /** Calls that a crash left unfinished, with the events that tell how far they were. */
  unfinished(): { record: CallRecord; events: CallEvent[] }[] {
    return [...this.#live.values()].map(({ record }) => ({
      record,
      events: (this.#statements.eventsOfCall.all(record.id) as { body: string }[]).map(
        (row) => JSON.parse(row.body) as CallEvent,
      ),
    }))
  }

  /** Forgets calls and events from before `callsMs`, and sums from before `sumsMs`. Unfinished calls and stops stay. */
  prune({ callsMs, sumsMs }: { callsMs: number; sumsMs: number }): void {
    this.#inTransaction(() => {
      this.#statements.pruneCalls.run(callsMs)
      this.#statements.pruneEvents.run(callsMs)
      this.#statements.pruneBudgetEvents.run(sumsMs)
      this.#statements.pruneRollups.run(sumsMs)
      this.#statements.pruneResponses.run(callsMs)
    })
  }

  /** A call that is not over, as the file knows it; null when it is over or nobody heard of it. */
  liveCall(callId: string): { record: CallRecord; admittedMs: number | null } | null {
    return this.#live.get(callId) ?? null
  }

  /** For readers in this process (ledger/queries): the same connection, so they see every commit at once. */
  get database(): Database {
    return this.#database
  }

  close(): void {
    this.#database.close()
  }

  /** The call that a response belongs to; null when no such response was kept. */
  callOfResponse(responseId: string): string | null {
    const row = this.#statements.callOfResponse.get(responseId) as { call_id: string } | undefined
    return row?.call_id ?? null
  }

  /** A call that is over, and when it was admitted; null when it runs or nobody heard of it. */
  closedCall(callId: string): { record: CallRecord; admittedMs: number | null } | null {
    const row = this.#live.has(callId) ? undefined : (this.#statements.closedCall.get(callId) as ClosedRow | undefined)
    return row ? { record: JSON.parse(row.record) as CallRecord, admittedMs: row.admitted_ms } : null
  }

  /** Writes a correction into the projections of a closed call: its row, and the difference into the sums. */
  #correct(seq: number, atMs: number, event: CallEvent): { record: CallRecord; keep(): void } {
    const row = this.#statements.closedCall.get(event.callId) as ClosedRow | undefined
    const before = row ? (JSON.parse(row.record) as CallRecord) : null
    const record = applyCallEvent(before, seq, atMs, event)
    const steps = [before, record].map((one) => one && rollupStepOf(one, row?.admitted_ms !== null))
    this.#statements.correctCall.run(
      seq,
      nanosOf(record.costUsd),
      steps[1]?.ceilingNanos ?? 0,
      record.usage ? totalTokens(record.usage) : 0,
      JSON.stringify(record),
      record.id,
    )
    if (row && steps[0] && steps[1]) {
      const startedMs = row.admitted_ms ?? Date.parse(record.startedAt)
      const wasEstimated = before?.usage?.source === 'estimated' ? 1 : 0
      const isEstimated = record.usage?.source === 'estimated' ? 1 : 0
      this.#rollUp(startedMs, row.dimensions_id, rollupDifference(steps[0], steps[1]), isEstimated - wasEstimated)
    }
    return { record, keep: () => {} }
  }

  #project(seq: number, atMs: number, event: CallEvent): { record: CallRecord; keep(): void } {
    if (event.type === 'call.repriced') return this.#correct(seq, atMs, event)
    const live = this.#live.get(event.callId)
    if (!live && this.#statements.callExists.get(event.callId))
      throw new Error(`${event.type} of call ${event.callId}, which is closed`)
    const record = applyCallEvent(live?.record ?? null, seq, atMs, event)
    const dimensionsId =
      'call' in event ? this.#dimensionsId(JSON.stringify(dimensionsOf(event.call))) : live!.dimensionsId
    const admittedMs = event.type === 'call.admitted' ? atMs : (live?.admittedMs ?? null)
    const step = rollupStepOf(record, admittedMs !== null)
    this.#statements.upsertCall.run(
      record.id,
      seq,
      record.state,
      Date.parse(record.startedAt),
      admittedMs,
      dimensionsId,
      nanosOf(record.costUsd),
      step?.ceilingNanos ?? 0,
      record.usage ? totalTokens(record.usage) : 0,
      JSON.stringify(record),
    )
    if (step) this.#rollUp(admittedMs ?? Date.parse(record.startedAt), dimensionsId, step)
    return {
      record,
      keep: () => {
        if (step) this.#live.delete(record.id)
        else this.#live.set(record.id, { record, admittedMs, dimensionsId })
      },
    }
  }

  #rollUp(
    atMs: number,
    dimensionsId: number,
    step: RollupStep,
    estimated = step.usage?.source === 'estimated' ? 1 : 0,
  ): void {
    const { usage } = step
    this.#statements.upsertRollup.run(
      Math.floor(atMs / ROLLUP_STEP_MS) * ROLLUP_STEP_MS,
      dimensionsId,
      step.calls,
      step.refused,
      step.costNanos,
      step.ceilingNanos,
      ...(usage
        ? [
            usage.uncachedInput,
            usage.cacheRead,
            usage.cacheWrite5m,
            usage.cacheWrite1h,
            usage.output,
            usage.reasoning,
            usage.audioInput,
            usage.audioOutput,
            usage.imageInput,
            usage.imageOutput,
            estimated,
          ]
        : [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    )
  }

  #dimensionsId(body: string): number {
    const known = this.#dimensions.get(body)
    if (known !== undefined) return known
    this.#statements.insertDimensions.run(body)
    const { id } = this.#statements.findDimensions.get(body) as { id: number }
    if (this.#dimensions.size >= MAX_CACHED_DIMENSIONS) this.#dimensions.clear()
    this.#dimensions.set(body, id)
    return id
  }
}

interface UnfinishedRow {
  id: string
  record: string
  admitted_ms: number | null
  dimensions_id: number
}

interface ClosedRow {
  record: string
  admitted_ms: number | null
  dimensions_id: number
}

const SQL = {
  insertEvent: 'INSERT INTO event (at_ms, type, call_id, body) VALUES (?, ?, ?, ?)',
  insertDimensions: 'INSERT OR IGNORE INTO dimensions (body) VALUES (?)',
  findDimensions: 'SELECT id FROM dimensions WHERE body = ?',
  callExists: 'SELECT 1 FROM call WHERE id = ?',
  upsertCall: `INSERT INTO call (id, seq, state, started_ms, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, record)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, admitted_ms = excluded.admitted_ms,
      dimensions_id = excluded.dimensions_id, cost_nanos = excluded.cost_nanos, ceiling_nanos = excluded.ceiling_nanos,
      tokens = excluded.tokens, record = excluded.record`,
  upsertRollup: `INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET calls = calls + excluded.calls, refused = refused + excluded.refused,
      cost_nanos = cost_nanos + excluded.cost_nanos, ceiling_nanos = ceiling_nanos + excluded.ceiling_nanos,
      uncached_input = uncached_input + excluded.uncached_input, cache_read = cache_read + excluded.cache_read,
      cache_write_5m = cache_write_5m + excluded.cache_write_5m, cache_write_1h = cache_write_1h + excluded.cache_write_1h,
      output = output + excluded.output, reasoning = reasoning + excluded.reasoning, audio_input = audio_input + excluded.audio_input,
      audio_output = audio_output + excluded.audio_output, image_input = image_input + excluded.image_input,
      image_output = image_output + excluded.image_output, estimated = estimated + excluded.estimated`,
  insertResponse: 'INSERT OR IGNORE INTO response (id, call_id, at_ms) VALUES (?, ?, ?)',
  callOfResponse: 'SELECT call_id FROM response WHERE id = ?',
  closedCall: 'SELECT record, admitted_ms, dimensions_id FROM call WHERE id = ?',
  correctCall: 'UPDATE call SET seq = ?, cost_nanos = ?, ceiling_nanos = ?, tokens = ?, record = ? WHERE id = ?',
  unfinished: "SELECT id, record, admitted_ms, dimensions_id FROM call WHERE state IN ('open', 'waiting', 'asked')",
  eventsOfCall: 'SELECT body FROM event WHERE call_id = ? ORDER BY seq',
  pruneCalls: "DELETE FROM call WHERE started_ms < ? AND state NOT IN ('open', 'waiting', 'asked')",
  pruneEvents: `DELETE FROM event WHERE at_ms < ? AND CASE WHEN call_id IS NULL
    THEN type NOT LIKE 'budget.%' AND type NOT LIKE 'traffic.%' ELSE call_id NOT IN (SELECT id FROM call) END`,
  pruneBudgetEvents: "DELETE FROM event WHERE at_ms < ? AND call_id IS NULL AND type LIKE 'budget.%'",
  pruneRollups: 'DELETE FROM rollup WHERE bucket_ms < ?',
  pruneResponses: 'DELETE FROM response WHERE at_ms < ?',
} as const

function prepareAll(database: Database): Record<keyof typeof SQL, Statement> {
  return Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])) as Record<
    keyof typeof SQL,
    Statement
  >
}
