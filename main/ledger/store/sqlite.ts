import { createRequire } from 'node:module'

/** The part of the `node:sqlite` API that is used; the drop-in for older runtimes has the same. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Statement {
  run(...parameters: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  get(...parameters: SqlValue[]): unknown
  all(...parameters: SqlValue[]): unknown[]
  iterate(...parameters: SqlValue[]): Iterable<unknown>
}

/** Booleans are bound as 0 and 1: the API takes none. */
export type SqlValue = null | number | bigint | string | Uint8Array

interface SqliteModule {
  DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => Database
}

/** The built-in where the runtime has one (Electron 45, Node 22.13 and up), else the drop-in. The one file that knows. */
function load(): SqliteModule {
  const require = createRequire(typeof __filename === 'string' ? __filename : import.meta.url)
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) {
    // The built-in still warns that it is experimental; a developer's terminal is not the place for that.
    const emit = process.emitWarning
    process.emitWarning = () => {}
    try {
      return require('node:sqlite') as SqliteModule
    } catch {
      // A build of Node without SQLite.
    } finally {
      process.emitWarning = emit
    }
  }
  return require('@photostructure/sqlite') as SqliteModule
}

let loaded: SqliteModule | null = null

/** Throws what SQLite throws: a path that cannot be written, a file that is not a database. */
export function openDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  loaded ??= load()
  return new loaded.DatabaseSync(path, options)
}
