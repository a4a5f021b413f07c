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

/** An event that has happened in memory and waits for the commit of its turn. */
interface Staged {
  atMs: number
  event: LedgerEvent
  /** A fact: it is kept when the disk would not take it. What is not kept did not happen then. */
  isFact: boolean
  /** Why it is not in the file, and never will be. */
  error: unknown
}

/** The commit that everything of one turn of the event loop waits for. */
interface Batch {
  done: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/**
 * The only writer. Events take their place in order and at once; all of one turn of the event loop are committed in one
 * transaction at its end, and then listeners are told. Who must not go on before that waits for `committed`. What a
 * failing disk would not take is kept where it is a fact: a closing waits in memory and is written before anything else.
 */
export class Ledger {
  readonly store: SqliteStore
  readonly #clock: () => number
  readonly #listeners = new Set<(appended: Appended) => void>()
  readonly #unwritten: { atMs: number; event: LedgerEvent }[] = []
  #staged: Staged[] = []
  #batch: Batch | null = null
  #isCommitting = false
  #lastError: string | null = null

  constructor(store: SqliteStore, clock: () => number) {
    this.store = store
    this.#clock = clock
    // Who reads the file reads everything that has happened.
    store.beforeRead = () => this.#commit()
  }

  /** Written when this returns. Throws `ledger-unavailable`; then the event did not happen. */
  append(event: LedgerEvent): Appended {
    if (!this.flush()) throw this.#unavailable()
    const appended = this.store.stage(this.#clock(), event)
    const staged = this.#keep(appended, false)
    this.#commit()
    if (staged.error !== null) throw staged.error
    return appended
  }

  /** Written at the end of this turn. Throws or rejects with `ledger-unavailable` when it cannot be; then it did not happen. */
  hold(event: LedgerEvent): Promise<void> {
    if (!this.#isWell()) throw this.#unavailable()
    const staged = this.#keep(this.store.stage(this.#clock(), event), false)
    const written = this.#written(staged)
    // Whoever does not wait for it is not told.
    written.catch(() => {})
    return written
  }

  /** For facts that have happened already (a call is over): written at the end of this turn, or as soon as the disk takes it. */
  record(event: LedgerEvent): void {
    const atMs = this.#clock()
    if (this.#isWell()) this.#keep(this.store.stage(atMs, event), true)
    else if (this.#unwritten.length < MAX_UNWRITTEN) this.#unwritten.push({ atMs, event })
    else throw this.#unavailable()
  }

  /** Resolves when all that has happened so far is in the file, or kept for a disk that would not take it. */
  committed(): Promise<void> {
    return this.#batch?.done ?? Promise.resolve()
  }

  /** Writes what is not written yet; true when nothing is left. */
  flush(): boolean {
    this.#commit()
    return this.#unwritten.length === 0
  }

  /** Nothing is due from before: what a full disk would not take comes first, so it is tried again before anything new. */
  #isWell(): boolean {
    return this.#unwritten.length === 0 || this.flush()
  }

  async #written(staged: Staged): Promise<void> {
    await this.committed().catch(() => {})
    if (staged.error !== null) throw staged.error
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

  #keep({ atMs, event }: Appended, isFact: boolean): Staged {
    const staged: Staged = { atMs, event, isFact, error: null }
    this.#staged.push(staged)
    if (this.#batch === null) {
      this.#batch = createBatch()
      setImmediate(() => this.#commit())
    }
    return staged
  }

  #commit(): void {
    if (this.#isCommitting) return
    const [staged, batch] = [this.#staged, this.#batch]
    this.#staged = []
    this.#batch = null
    this.#isCommitting = true
    const written = staged.length > 0 ? this.#writeAll(staged) : this.#writeDue()
    this.#isCommitting = false
    // A fact that can never be written, and a listener that fails, are faults of the program: who waits for them fails.
    const fault = staged.find(({ isFact, error }) => isFact && error !== null)?.error ?? this.#tell(written)
    if (fault === null) batch?.resolve()
    else batch?.reject(fault)
  }

  /** Gives the first fault of a listener: the others are told all the same. */
  #tell(written: readonly Appended[]): unknown {
    let fault: unknown = null
    for (const appended of written) {
      for (const listener of this.#listeners) {
        try {
          listener(appended)
        } catch (error) {
          fault ??= error
        }
      }
    }
    return fault
  }

  #writeAll(staged: readonly Staged[]): Appended[] {
    try {
      const written = this.store.commit()
      this.#lastError = null
      return written
    } catch {
      // One of them, or the disk: each alone shows which.
      this.store.unstage()
      return staged.flatMap((one) => this.#writeOne(one))
    }
  }

  /** Nothing is staged while something is due: the order of events is the order in which they happened. */
  #writeDue(): Appended[] {
    const written: Appended[] = []
    try {
      while (this.#unwritten.length > 0) {
        const { atMs, event } = this.#unwritten[0]!
        written.push(...this.#write(atMs, event))
        this.#unwritten.shift()
      }
    } catch (error) {
      if (!(error instanceof AllowanceError)) this.#unwritten.shift()
    }
    return written
  }

  #writeOne(one: Staged): Appended[] {
    try {
      if (this.#unwritten.length > 0) throw this.#unavailable()
      return this.#write(one.atMs, one.event)
    } catch (error) {
      // A fact waits for a disk that takes it. A fault of the program would come again, however often it is tried.
      if (one.isFact && error instanceof AllowanceError) this.#unwritten.push({ atMs: one.atMs, event: one.event })
      else one.error = error
      return []
    }
  }

  #write(atMs: number, event: LedgerEvent): Appended[] {
    try {
      this.store.stage(atMs, event)
      const written = this.store.commit()
      this.#lastError = null
      return written
    } catch (error) {
      this.store.unstage()
      if (!isStorageFault(error)) throw error
      this.#lastError = messageOf(error)
      throw this.#unavailable(error)
    }
  }

  #unavailable(cause?: unknown): AllowanceError {
    const message = `the ledger cannot be written: ${this.#lastError ?? 'the disk is full'}`
    return new AllowanceError('ledger-unavailable', message, 'free some disk space', { cause })
  }
}

function createBatch(): Batch {
  let resolve: Batch['resolve'] = () => {}
  let reject: Batch['reject'] = () => {}
  const done = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Nobody has to wait for it.
  done.catch(() => {})
  return { done, resolve, reject }
}

/** Permissions, busy, locked, memory, read-only, input and output, damage, full, cannot open, protocol, no database. */
const STORAGE_FAULTS: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 26])

/** A fault of the disk or the file, not of the program: SQLite's own errors carry `errcode`, the file system's `code`. */
function isStorageFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  return typeof errcode === 'number' ? STORAGE_FAULTS.has(errcode & 0xff) : /^E[A-Z]+$/.test(String(code ?? ''))
}
