import { commandLine } from '../../../shared/values/command-line.ts'
import path from 'node:path'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { openDatabase } from './sqlite.ts'

/**
 * One gateway a home: two would each hold money that the other does not see. The lock is SQLite's own on an empty file
 * beside the ledger, so the operating system gives it back however the process ends; a file with a process id in it
 * would outlive a kill -9, and ids are used again. Throws `already-running`.
 */
export function lockHome(file: string): { release(): void } {
  const database = openDatabase(file)
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw new AllowanceError(
      'already-running',
      `a gateway already runs for this home (${path.dirname(file)})`,
      `its dashboard: ${commandLine()} dashboard; another beside it: --home DIR`,
      { cause: error },
    )
  }
  return { release: () => database.close() }
}
