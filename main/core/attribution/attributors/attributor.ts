import type { Attribution, AttributionSource, ProcessFacts } from '../../../../shared/calls/attribution.ts'

/** Everything that was gathered about who is calling, before anybody decides what it means. */
export interface CallerFacts {
  /** From the base URL's `/@k=v,…/`, the proxy user name, or a launch: decoded. */
  tags: Readonly<Record<string, string>>
  /** Header names in lower case; `x-allowance-*` are here too. */
  headers: Readonly<Record<string, string | undefined>>
  /** Ids that the request's body carries (ModelRequest.clientIds). */
  clientIds: Readonly<Record<string, string>>
  /** The process at the other end of the socket; null when nobody could tell. */
  process: ProcessFacts | null
  repository: RepositoryFacts | null
  /** The few well-known variables of that process that say where it runs (`CI`, `VITEST`…); none where they cannot be read. */
  variables?: Readonly<Record<string, string>>
  /** Who the developer is, as enrolled, as git or the OS says. */
  developer: { id: string; source: 'enrolment' | 'git' | 'os' }
  keyFingerprint: string | null
}

export interface RepositoryFacts {
  /** From the manifest (package.json, pyproject, Cargo, go.mod), else the directory's name. */
  project: string
  branch: string | null
  root: string
}

/** What one attributor can say; what it cannot say is left out or null. */
export type AttributionAnswer = { [Dimension in keyof Omit<Attribution, 'source'>]?: Attribution[Dimension] | null }

/** Asked in order of trust; the first answer for a dimension stands, and its source is kept. */
export interface Attributor {
  name: AttributionSource
  answer(facts: CallerFacts): AttributionAnswer
}
