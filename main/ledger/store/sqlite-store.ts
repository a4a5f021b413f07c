import type { CallRecord } from '../../../shared/calls/call.ts'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { CallEvent, LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { totalTokens } from '../../../shared/calls/usage.ts'
import { applyCallEvent } from '../../core/ledger/calls/call-lifecycle.ts'
import { nanosOf, rollupDifference, type RollupStep, rollupStepOf } from '../../core/ledger/reports/rollup.ts'
import { type Dimensions, dimensionsOf } from '../../core/policy/document/scope.ts'
import { factsOf, packRecord } from '../rows/call-row.ts'
import { closingEvent, packEvent } from '../rows/event-row.ts'
import { migrate } from './migrate.ts'
import { readEntry, readRecord } from './read-rows.ts'
import { RollupSums } from './rollup-sums.ts'
import { type Database, openDatabase } from './sqlite.ts'
import { PRAGMAS, prepareAll, type Statements } from './statements.ts'
import { TextIds } from './text-ids.ts'

/** A call as it stands after what is staged. */
interface Call {
  record: CallRecord
  admittedMs: number | null
  dimensions: Dimensions
  isInFile: boolean
  isClosed: boolean
}

type StagedEntry = LedgerEntry & { record: CallRecord | null }

/**
 * Writes the ledger's file. Events are staged: they have their place, and calls follow them in memory; `commit` writes
 * all that is staged, with its projections, in one transaction. WAL with synchronous NORMAL: what was committed survives
 * a kill -9; a power cut can take the last moments, never the file. One process writes.
 */
export class SqliteStore {
  /** Called before anybody reads, so that what is read has all that happened. */
  beforeRead: () => void = () => {}
  readonly #database: Database
  readonly #statements: Statements
  readonly #profiles: TextIds
  readonly #dimensions: TextIds
  readonly #facts: TextIds
  /** Of one transaction's records: an event and its call's row have the same. */
  #factsIds = new Map<CallRecord, number>()
  /** Calls that are not over, so that an event needs no read. */
  readonly #live = new Map<string, Call>()
  #nextSeq: number
  #staged: StagedEntry[] = []
  /** Calls that staged events change: how they were, and how they are. */
  readonly #before = new Map<string, Call | undefined>()
  readonly #changed = new Map<string, Call>()

  /** Throws `ledger-unavailable` with the path and the reason. */
  constructor(path: string) {
    try {
      this.#database = openDatabase(path)
      this.#database.exec(PRAGMAS)
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
    const { insertProfile, findProfile, insertDimensions, findDimensions, insertFacts, findFacts } = this.#statements
    this.#profiles = new TextIds(insertProfile, findProfile)
    this.#dimensions = new TextIds(insertDimensions, findDimensions)
    this.#facts = new TextIds(insertFacts, findFacts)
    this.#nextSeq = (this.#statements.lastSeq.get() as { seq: number }).seq + 1
    for (const row of this.#statements.unfinished.all() as CallRow[]) this.#live.set(row.id, this.#callOf(row, false))
  }

  /** Gives an event its place. Throws on one that cannot be, by what happened before; the file is not touched. */
  stage(atMs: number, event: LedgerEvent): StagedEntry {
    const seq = this.#nextSeq
    const record = 'callId' in event ? this.#follow(seq, atMs, event) : null
    this.#nextSeq += 1
    const entry = { seq, atMs, event, record }
    this.#staged.push(entry)
    return entry
  }

  /** Writes what is staged. Throws what SQLite throws (a full disk); then nothing of it is in the file, and it is staged still. */
  commit(): StagedEntry[] {
    const entries = this.#staged
    if (entries.length === 0) return entries
    this.#inTransaction(() => this.#writeStaged(entries))
    for (const call of this.#changed.values()) call.isInFile = true
    this.#forgetStaged()
    return entries
  }

  /** Takes back what is staged: it did not happen. */
  unstage(): void {
    this.#nextSeq = this.#staged[0]?.seq ?? this.#nextSeq
    for (const [callId, call] of this.#before) {
      if (call) this.#live.set(callId, call)
      else this.#live.delete(callId)
    }
    this.#forgetStaged()
  }

  /** True the first time that a response is seen: a retried GET of it is not charged again. */
  firstSightOf(responseId: string, callId: string, atMs: number): boolean {
    return Number(this.#statements.insertResponse.run(responseId, callId, atMs).changes) === 1
  }

  /** Calls that a crash left unfinished, with the events that tell how far they were. */
  unfinished(): { record: CallRecord; events: CallEvent[] }[] {
    this.beforeRead()
    return [...this.#live.values()].map(({ record }) => ({
      record,
      events: this.#statements.eventsOfCall
        .all(record.id)
        .map((row) => readEntry(this.#database, row).event as CallEvent),
    }))
  }

  /** Forgets calls and events from before `callsMs`, and sums from before `sumsMs`. Unfinished calls and stops stay. */
  prune({ callsMs, sumsMs }: { callsMs: number; sumsMs: number }): void {
    this.beforeRead()
    this.#inTransaction(() => {
      this.#statements.pruneCalls.run(callsMs)
      this.#statements.pruneEvents.run(callsMs)
      this.#statements.pruneBudgetEvents.run(sumsMs)
      this.#statements.pruneRollups.run(sumsMs)
      this.#statements.pruneImported.run(sumsMs)
      this.#statements.pruneResponses.run(callsMs)
    })
  }

  /** A call that is not over; null when it is over or nobody heard of it. */
  liveCall(callId: string): { record: CallRecord; admittedMs: number | null } | null {
    return this.#live.get(callId) ?? null
  }

  /** For readers in this process (ledger/queries): the same connection, so they see every commit at once. */
  get database(): Database {
    this.beforeRead()
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
    this.beforeRead()
    const call = this.#live.has(callId) ? null : this.#readClosed(callId)
    return call && { record: call.record, admittedMs: call.admittedMs }
  }

  #follow(seq: number, atMs: number, event: CallEvent): CallRecord {
    const { callId } = event
    const live = this.#live.get(callId)
    // A correction is of a closed call, which only the file knows. Corrections are no part of a call's way.
    const known =
      live ?? this.#changed.get(callId) ?? (event.type === 'call.repriced' ? this.#readClosed(callId) : null)
    const record = applyCallEvent(known?.record ?? null, seq, atMs, event)
    const admittedMs = event.type === 'call.admitted' ? atMs : (known?.admittedMs ?? null)
    const call: Call = {
      record,
      admittedMs,
      dimensions: 'call' in event ? dimensionsOf(event.call) : known!.dimensions,
      isInFile: known?.isInFile ?? false,
      isClosed: rollupStepOf(record, admittedMs !== null) !== null,
    }
    if (!this.#before.has(callId)) this.#before.set(callId, live)
    this.#changed.set(callId, call)
    if (call.isClosed) this.#live.delete(callId)
    else this.#live.set(callId, call)
    return record
  }

  #readClosed(callId: string): Call | null {
    const row = this.#statements.closedCall.get(callId) as CallRow | undefined
    return row ? this.#callOf(row, true) : null
  }

  #callOf(row: CallRow, isClosed: boolean): Call {
    const record = readRecord(this.#database, row)
    return { record, admittedMs: row.admitted_ms, dimensions: dimensionsOf(record), isInFile: true, isClosed }
  }

  #writeStaged(entries: readonly StagedEntry[]): void {
    const corrected = new Set(entries.flatMap(({ event }) => (event.type === 'call.repriced' ? [event.callId] : [])))
    for (const callId of corrected) this.#keepClosing(callId)
    for (const { seq, atMs, event, record } of entries) {
      const callId = 'callId' in event ? event.callId : null
      const factsId = event.type === 'call.admitted' && record ? this.#factsId(record) : null
      // A closing that is corrected at once is told by no row any more.
      const body = callId !== null && corrected.has(callId) ? JSON.stringify(event) : packEvent(event, factsId)
      this.#statements.insertEvent.run(seq, atMs, event.type, callId, body)
    }
    const sums = new RollupSums()
    for (const [callId, call] of this.#changed) this.#writeCall(callId, call, sums)
    sums.write(this.#statements.upsertRollup)
  }

  #writeCall(callId: string, call: Call, sums: RollupSums): void {
    const { record, admittedMs } = call
    const dimensionsId = this.#dimensionsId(call.dimensions)
    const step = rollupStepOf(record, admittedMs !== null)
    const startedMs = Date.parse(record.startedAt)
    const before = call.isInFile && call.isClosed ? this.#closedBefore(callId) : null
    if (step) sums.add(admittedMs ?? startedMs, dimensionsId, before ? correctionOf(before, step) : step)
    const values = [
      record.seq,
      record.state,
      admittedMs,
      dimensionsId,
      nanosOf(record.costUsd),
      step?.ceilingNanos ?? 0,
      record.usage ? totalTokens(record.usage) : 0,
      this.#factsId(record),
      packRecord(record),
      callId,
    ]
    if (call.isInFile) this.#statements.updateCall.run(...values)
    else this.#statements.insertCall.run(...values, startedMs)
  }

  /** A closing is not written beside the record that tells it: before the record changes it is. */
  #keepClosing(callId: string): void {
    const closed = this.#before.get(callId) ? null : this.#readClosed(callId)
    const { state } = closed?.record ?? {}
    if (!closed || (state !== 'settled' && state !== 'expired')) return
    this.#statements.keepClosing.run(JSON.stringify(closingEvent(`call.${state}`, closed.record)), callId)
  }

  /** What the sums have of a call that was closed before: a correction adds the difference. */
  #closedBefore(callId: string): RollupStep | null {
    if (this.#before.get(callId)) return null
    const before = this.#readClosed(callId)
    return before && rollupStepOf(before.record, before.admittedMs !== null)
  }

  #forgetStaged(): void {
    this.#factsIds = new Map()
    this.#staged = []
    this.#before.clear()
    this.#changed.clear()
  }

  /** All of it or nothing; a transaction that failed is never left open, or no later one could begin. */
  #inTransaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      for (const ids of [this.#profiles, this.#dimensions, this.#facts]) ids.forget()
      this.#factsIds = new Map()
      try {
        this.#database.exec('ROLLBACK')
      } catch {
        // A failed COMMIT has rolled back already; the first error is the one that says why.
      }
      throw error
    }
  }

  #factsId(record: CallRecord): number {
    const known = this.#factsIds.get(record)
    if (known !== undefined) return known
    const id = this.#facts.idOf(factsOf(record))
    this.#factsIds.set(record, id)
    return id
  }

  #dimensionsId({ billing, values }: Dimensions): number {
    const { session = null, conversation = null, ...profile } = values
    const profileId = this.#profiles.idOf(JSON.stringify({ billing, values: profile }))
    const body = JSON.stringify([profileId, session, conversation])
    return this.#dimensions.idOf(body, profileId, session ?? conversation, conversation)
  }
}

function correctionOf(before: RollupStep, after: RollupStep): RollupStep & { estimated: number } {
  const estimated = (step: RollupStep) => (step.usage?.source === 'estimated' ? 1 : 0)
  return { ...rollupDifference(before, after), estimated: estimated(after) - estimated(before) }
}

interface CallRow {
  id: string
  admitted_ms: number | null
}
