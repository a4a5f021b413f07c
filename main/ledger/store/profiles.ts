import type { Dimensions } from '../../core/policy/document/scope.ts'
import type { Database, Statement } from './sqlite.ts'

interface Known {
  profiles: Map<number, Dimensions>
  lastId: number
  newer: Statement
}

const known = new WeakMap<Database, Known>()

/** All profiles: never changed, so they are read once and then only the new ones. */
export function profilesOf(database: Database): ReadonlyMap<number, Dimensions> {
  const kept = known.get(database) ?? {
    profiles: new Map<number, Dimensions>(),
    lastId: 0,
    newer: database.prepare('SELECT id, body FROM profile WHERE id > ? ORDER BY id'),
  }
  known.set(database, kept)
  for (const { id, body } of kept.newer.all(kept.lastId) as { id: number; body: string }[]) {
    kept.profiles.set(id, JSON.parse(body) as Dimensions)
    kept.lastId = id
  }
  return kept.profiles
}
