import type { Dimensions } from '../../core/policy/document/scope.ts'
import type { Database } from './sqlite.ts'

const known = new WeakMap<Database, Map<number, Dimensions>>()

/** All profiles: a few hundred, never changed, read once and then only the new ones. */
export function profilesOf(database: Database): ReadonlyMap<number, Dimensions> {
  const profiles = known.get(database) ?? new Map<number, Dimensions>()
  known.set(database, profiles)
  const rows = database.prepare('SELECT id, body FROM profile WHERE id > ?').all(lastKeyOf(profiles)) as {
    id: number
    body: string
  }[]
  for (const { id, body } of rows) profiles.set(id, JSON.parse(body) as Dimensions)
  return profiles
}

/** Ids grow, so the one that was put in last is the highest. */
function lastKeyOf(profiles: Map<number, Dimensions>): number {
  return profiles.size === 0 ? 0 : Math.max(...profiles.keys())
}
