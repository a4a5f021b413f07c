import type { SpendFilter } from '../../shared/contract/explore.ts'
import { routeHash } from './route.ts'

/**
 * The dialog for one's own cap, with its scope filled in: `#/policy?cap&project=web`. Values that nobody named
 * are left out: a cap cannot be put on what has no name.
 */
export function capHash(scope: SpendFilter): string {
  const asked = new URLSearchParams({ cap: '' })
  for (const [name, values] of Object.entries(scope))
    for (const value of values) if (value !== null) asked.append(name, value)
  return routeHash('policy', null, asked.toString())
}
