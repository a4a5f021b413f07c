import { AllowanceError } from '../../../shared/contract/errors.ts'
import { migration001 } from './migrations/001-ledger.ts'
import { migration002 } from './migrations/002-refused-calls.ts'
import { migration003 } from './migrations/003-profiles.ts'
import { migration004 } from './migrations/004-compact-rows.ts'
import { migration005 } from './migrations/005-typed-rows.ts'
import { migration006 } from './migrations/006-imported.ts'
import type { Database } from './sqlite.ts'

/** In order; each runs once, in its own transaction. A migration that shipped is never edited. */
const MIGRATIONS: readonly string[] = [
  migration001,
  migration002,
  migration003,
  migration004,
  migration005,
  migration006,
]

/** Whether a ledger was written by an earlier version and has to be migrated before it is read. */
export function isOlder(database: Database): boolean {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  return version < MIGRATIONS.length
}

/** Throws `ledger-newer` when a later version of the product wrote the file. */
export function migrate(database: Database): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > MIGRATIONS.length) {
    throw new AllowanceError(
      'ledger-newer',
      `the ledger was written by a later version (format ${version}, this one knows ${MIGRATIONS.length})`,
      'update Allowance, or point ALLOWANCE_HOME at another home',
    )
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    database.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${version + index + 1}; COMMIT`)
  })
}
