import type { CallRecord } from '../../../shared/calls/call.ts'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { LedgerEntry, LedgerEvent } from '../../../shared/calls/events.ts'
import type { SqliteStore } from './sqlite-store.ts'

/** What a listener gets: the entry, and the call's record after it when it is a call's. */
export interface Appended extends LedgerEntry {
  record: CallRecord | null
}

/** Closings that could not be written are kept and tried again; beyond this the disk has been full for very long. */
const MAX_UNWRITTEN = 10_000

/**
 * The only writer. Appends events in order, tells listeners, and keeps what a failing disk would not take: a closing
 * is a fact that must not be lost, so it waits in memory and is written before anything else.
 */
export class Ledger {
  readonly store: SqliteStore
  readonly #clock: () => number
  readonly #listeners = new Set<(appended: Appended) => void>()
  readonly #unwritten: { atMs: number; event: LedgerEvent }[] = []
  #lastError: string | null = null

  constructor(store: SqliteStore, clock: () => number) {
    this.store = store
    this.#clock = clock
  }

  /** Throws `ledger-unavailable`; then the event did not happen. */
  append(event: LedgerEvent): Appended {
    this.#writeDue()
    return this.#write(this.#clock(), event)
  }

  /** For facts that have happened already (a call is over): written now or as soon as the disk takes it. Null when it waits. */
  record(event: LedgerEvent): Appended | null {
    const atMs = this.#clock()
    try {
      this.#writeDue()
      return this.#write(atMs, event)
    } catch (error) {
      if (!(error instanceof AllowanceError)) throw error
      if (this.#unwritten.length >= MAX_UNWRITTEN) throw error
      this.#unwritten.push({ atMs, event })
      return null
    }
  }

  /** Tries what is still unwritten; true when nothing is. */
  flush(): boolean {
    try {
      this.#writeDue()
      return true
    } catch {
      return false
    }
  }

  /** Why the last write failed; null when the ledger is well. */
  get trouble(): string | null {
    return this.#lastError
  }

  /** What happened and is not in the file yet, in order: projections that are read back from the file need it too. */
  get unwritten(): readonly { atMs: number; event: LedgerEvent }[] {
    return this.#unwritten
  }

  subscribe(listener: (appended: Appended) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  close(): void {
    this.flush()
    this.store.close()
  }

  #writeDue(): void {
    while (this.#unwritten.length > 0) {
      const { atMs, event } = this.#unwritten[0]!
      this.#write(atMs, event)
      this.#unwritten.shift()
    }
  }

  #write(atMs: number, event: LedgerEvent): Appended {
    let appended: Appended
    try {
      appended = this.store.append(atMs, event)
      this.#lastError = null
    } catch (error) {
      if (!isStorageFault(error)) throw error
      this.#lastError = messageOf(error)
      throw new AllowanceError(
        'ledger-unavailable',
        `the ledger cannot be written: ${messageOf(error)}`,
        'free some disk space',
        { cause: error },
      )
    }
    for (const listener of this.#listeners) listener(appended)
    return appended
  }
}

/** A fault of the disk or the file, not of the program: SQLite's own errors carry `errcode`, the file system's `code`. */
function isStorageFault(error: unknown): boolean {
  return (
    error instanceof Error &&
    ('errcode' in error || /^(ERR_SQLITE|SQLITE|E[A-Z]+$)/.test(String((error as { code?: unknown }).code ?? '')))
  )
}
