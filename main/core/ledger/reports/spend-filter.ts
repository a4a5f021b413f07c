import type { SpendFilter } from '../../../../shared/contract/explore.ts'
import type { Dimensions } from '../../policy/document/scope.ts'

/** Session and conversation: as many values as there are conversations, so they are kept apart from profiles. */
const THREADS = ['session', 'conversation'] as const

export interface ProfileFilter {
  profile: SpendFilter
  threads: { name: (typeof THREADS)[number]; values: readonly (string | null)[] }[]
}

/** A filter in two: what profiles can be held against, and the sessions and conversations. */
export function splitFilter(filter: SpendFilter): ProfileFilter {
  const profile: SpendFilter = { ...filter }
  const threads: ProfileFilter['threads'] = []
  for (const name of THREADS) {
    const values = filter[name]
    if (values) threads.push({ name, values })
    delete profile[name]
  }
  return { profile, threads }
}

/** True when every dimension of the filter has one of the values it names; null stands for no value. */
export function fitsFilter(dimensions: Dimensions, filter: SpendFilter): boolean {
  return Object.entries(filter).every(([name, wanted]) => wanted.includes(dimensions.values[name] ?? null))
}
