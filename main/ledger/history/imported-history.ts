import type { Usage } from '../../../shared/calls/usage.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { ROLLUP_STEP_MS } from '../../core/ledger/reports/rollup.ts'
import { scratchImported } from '../store/migrations/006-imported.ts'
import type { Database } from '../store/sqlite.ts'

/** An answer from a session file, priced, with the project that its folder belongs to. */
export interface ImportedMessage {
  id: string
  atMs: number
  agent: string
  provider: string
  model: string
  session: string
  project: string | null
  branch: string | null
  costNanos: UsdNanos
  ceilingNanos: UsdNanos
  usage: Usage
}

/** Imported history that is being written: all of it is in the file when `finish` returns, and what Allowance metered is not. */
export class ImportedHistory {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Keeps messages; a copy of one that is known counts only where it knows of more tokens. @returns how many were new */
  keep(messages: readonly ImportedMessage[]): number {
    return this.#inTransaction(() => {
      const before = this.count()
      const statement = this.#database.prepare(UPSERT)
      for (const message of messages) statement.run(...valuesOf(message))
      return this.count() - before
    })
  }

  /** Forgets what was metered as well: it is in the books already. @returns how many */
  forgetMetered(): number {
    return this.#inTransaction(() => Number(this.#database.prepare(FORGET_METERED).run().changes))
  }

  /** @returns how many there were */
  removeAll(): number {
    return this.#inTransaction(() => {
      const before = this.count()
      this.#database.exec('DELETE FROM imported')
      return before
    })
  }

  count(): number {
    return (this.#database.prepare('SELECT count(*) AS count FROM imported').get() as { count: number }).count
  }

  #inTransaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

/** From now on this connection writes imported history where nobody else sees it. */
export function useScratch(database: Database): void {
  database.exec(scratchImported)
  if (hasImported(database)) database.exec('INSERT INTO temp.imported SELECT * FROM main.imported')
}

/** False in a ledger that an older version wrote and no gateway has opened since. */
export function hasImported(database: Database): boolean {
  return (
    database.prepare("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = 'imported'").get() !== undefined
  )
}

const TOKEN_COLUMNS = ['uncached_input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output']
const tokensOf = (row: string) => TOKEN_COLUMNS.map((name) => `${row}.${name}`).join(' + ')

const UPSERT = `INSERT INTO imported VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET cost_nanos = excluded.cost_nanos, ceiling_nanos = excluded.ceiling_nanos,
    uncached_input = excluded.uncached_input, cache_read = excluded.cache_read, cache_write_5m = excluded.cache_write_5m,
    cache_write_1h = excluded.cache_write_1h, output = excluded.output, reasoning = excluded.reasoning
  WHERE ${tokensOf('excluded')} > ${tokensOf('imported')}`

/**
 * Metered: the provider's id of the answer is known, or the session had a call in the same quarter-hour or the one before,
 * as a call is booked where it was admitted and an answer is told when it is over.
 */
const FORGET_METERED = `DELETE FROM imported WHERE
  EXISTS (SELECT 1 FROM response WHERE response.id = substr(imported.id, instr(imported.id, ':') + 1))
  OR EXISTS (
    SELECT 1 FROM dimensions JOIN rollup ON rollup.dimensions_id = dimensions.id
    WHERE dimensions.session = imported.session AND rollup.calls > 0
      AND rollup.bucket_ms > imported.at_ms - ${2 * ROLLUP_STEP_MS} AND rollup.bucket_ms <= imported.at_ms)`

function valuesOf(message: ImportedMessage): (string | number | null)[] {
  const { usage } = message
  return [
    message.id,
    message.atMs,
    message.agent,
    message.provider,
    message.model,
    message.session,
    message.project,
    message.branch,
    message.costNanos,
    message.ceilingNanos,
    usage.uncachedInput,
    usage.cacheRead,
    usage.cacheWrite5m,
    usage.cacheWrite1h,
    usage.output,
    usage.reasoning,
  ]
}
