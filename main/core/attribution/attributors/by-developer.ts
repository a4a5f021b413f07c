import type { Attributor, CallerFacts } from './attributor.ts'

/** Who the developer is, with where that is known from as its source. Nothing that a caller sends can change it. */
export const byDeveloper: readonly Attributor[] = (['enrolment', 'git', 'os'] as const).map((source) => ({
  name: source,
  answer: ({ developer }: CallerFacts) => ({ developer: developer.source === source ? developer.id : null }),
}))
