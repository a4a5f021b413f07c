import type { CallRecord } from '../../../shared/calls/call.ts'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { CallEvent, LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import { applyCallEvent } from '../../core/ledger/calls/call-lifecycle.ts'
import { nanosOf, rollupDifference, type RollupStep, rollupStepOf } from '../../core/ledger/reports/rollup.ts'
import { dimensionsOf } from '../../core/policy/document/scope.ts'
import { packRecord } from '../rows/call-row.ts'
import { closingEvent, packEvent, packQuote, QUOTE_COLUMNS } from '../rows/event-row.ts'
import { stateNumber, typeNumber } from '../rows/numbers.ts'
import { migrate } from './migrate.ts'
import { readEntry, readRecord } from './read-rows.ts'
import { RollupSums } from './rollup-sums.ts'
import { type Database, openDatabase } from './sqlite.ts'
import { PRAGMAS, prepareAll, type Statements } from './statements.ts'
import { Repeated } from './repeated.ts'
import { isTold, type StagedCall } from './staged-call.ts'

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
  readonly #repeated: Repeated
  /** Calls that are not over, so that an event needs no read. */
  readonly #live = new Map<string, StagedCall>()
  #nextSeq: number
  #staged: StagedEntry[] = []
  /** Calls that staged events change: how they were, and how they are. */
  readonly #before = new Map<string, StagedCall | undefined>()
  readonly #changed = new Map<string, StagedCall>()

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
    this.#repeated = new Repeated(this.#statements)
    this.#nextSeq = (this.#statements.lastSeq.get() as { seq: number }).seq + 1
    for (const row of this.#statements.unfinished.all() as CallRow[]) {
      const call = this.#callOf(row, false)
      this.#live.set(call.record.id, call)
    }
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
    return [...this.#live.values()].map(({ n, record }) => ({
      record,
      events: this.#statements.eventsOfCall.all(n).map((row) => readEntry(this.#database, row).event as CallEvent),
    }))
  }

  /** Forgets calls and events from before `callsMs`, and sums from before `sumsMs`. Unfinished calls and stops stay. */
  prune({ callsMs, sumsMs }: { callsMs: number; sumsMs: number }): void {
    this.beforeRead()
    this.#inTransaction(() => {
      this.#statements.keepLastSeq.run(String(this.#nextSeq - 1))
      this.#statements.pruneCalls.run(callsMs)
      this.#statements.pruneCallEvents.run()
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
    const call: StagedCall = {
      n: known?.n ?? seq,
      record,
      first: known?.first ?? record,
      admission: known ? known.admission : event.type === 'call.admitted' ? event : null,
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

  #readClosed(callId: string): StagedCall | null {
    const row = this.#statements.closedCall.get(callId) as CallRow | undefined
    return row ? this.#callOf(row, true) : null
  }

  #callOf(row: CallRow, isClosed: boolean): StagedCall {
    const record = readRecord(this.#database, row)
    const { n, admitted_ms: admittedMs } = row
    return {
      n,
      record,
      first: record,
      admission: null,
      admittedMs,
      dimensions: dimensionsOf(record),
      isInFile: true,
      isClosed,
    }
  }

  #writeStaged(entries: readonly StagedEntry[]): void {
    const corrected = new Set(entries.flatMap(({ event }) => (event.type === 'call.repriced' ? [event.callId] : [])))
    for (const callId of corrected) this.#keepClosing(callId)
    for (const entry of entries) {
      const { seq, atMs, event, record } = entry
      const call = record && this.#changed.get(record.id)
      // A closing that is corrected at once is told by no row any more.
      const isCorrected = record !== null && corrected.has(record.id)
      if (call && !isCorrected && isTold(entry, call)) continue
      const factsId = event.type === 'call.admitted' && record ? this.#repeated.factsId(record) : null
      const body = isCorrected ? JSON.stringify(event) : packEvent(event, factsId)
      this.#statements.insertEvent.run(seq, atMs, typeNumber(event.type), call?.n ?? null, body)
    }
    const sums = new RollupSums()
    for (const [callId, call] of this.#changed) this.#writeCall(call, corrected.has(callId), sums)
    sums.write(this.#statements.upsertRollup)
  }

  #writeCall(call: StagedCall, isCorrected: boolean, sums: RollupSums): void {
    const { n, record, first, admission, admittedMs } = call
    const dimensionsId = this.#repeated.dimensionsId(call.dimensions)
    const step = rollupStepOf(record, admittedMs !== null)
    const startedMs = Date.parse(record.startedAt)
    const before = call.isInFile && call.isClosed ? this.#closedBefore(record.id) : null
    if (step) sums.add(admittedMs ?? startedMs, dimensionsId, before ? correctionOf(before, step) : step)
    const changing = [
      record.seq,
      stateNumber(record.state),
      admittedMs === null ? null : admittedMs - startedMs,
      dimensionsId,
      nanosOf(record.costUsd),
      this.#repeated.factsId(record),
      this.#repeated.callerId(record),
      ...packRecord(record),
    ]
    // How it was admitted is read with the price of its closing, where that is the same.
    const isPricedAnew = first.priced !== record.priced || first.priceVersion !== record.priceVersion
    const firstFactsId = isPricedAnew ? this.#repeated.factsId(first) : null
    if (call.isInFile) this.#statements.updateCall.run(...changing, firstFactsId, n)
    else {
      const quote = admission && !isCorrected ? packQuote(admission, record) : NO_QUOTE
      this.#statements.insertCall.run(...changing, n, record.id, startedMs, ...quote, firstFactsId)
    }
  }

  /** A closing is not written beside the record that tells it: before the record changes it is. */
  #keepClosing(callId: string): void {
    const closed = this.#before.get(callId) ? null : this.#readClosed(callId)
    const { state } = closed?.record ?? {}
    if (!closed || (state !== 'settled' && state !== 'expired')) return
    const { n, record } = closed
    const event = closingEvent(`call.${state}`, record)
    const atMs = Date.parse(record.endedAt ?? record.startedAt)
    this.#statements.keepClosing.run(record.seq, atMs, typeNumber(event.type), n, JSON.stringify(event))
  }

  /** What the sums have of a call that was closed before: a correction adds the difference. */
  #closedBefore(callId: string): RollupStep | null {
    if (this.#before.get(callId)) return null
    const before = this.#readClosed(callId)
    return before && rollupStepOf(before.record, before.admittedMs !== null)
  }

  #forgetStaged(): void {
    this.#repeated.endTransaction()
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
      this.#repeated.forget()
      try {
        this.#database.exec('ROLLBACK')
      } catch {
        // A failed COMMIT has rolled back already; the first error is the one that says why.
      }
      throw error
    }
  }
}

function correctionOf(before: RollupStep, after: RollupStep): RollupStep & { estimated: number } {
  const estimated = (step: RollupStep) => (step.usage?.source === 'estimated' ? 1 : 0)
  return { ...rollupDifference(before, after), estimated: estimated(after) - estimated(before) }
}

const NO_QUOTE: readonly null[] = QUOTE_COLUMNS.map(() => null)

interface CallRow {
  n: number
  admitted_ms: number | null
}
