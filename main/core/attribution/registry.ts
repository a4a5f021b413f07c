import type { Attributor } from './attributors/attributor.ts'
import { byDeveloper } from './attributors/by-developer.ts'
import { byEnvironment } from './attributors/by-environment.ts'
import { byHeader } from './attributors/by-header.ts'
import { byProcess } from './attributors/by-process.ts'
import { byTag } from './attributors/by-tag.ts'
import { byUserAgent } from './attributors/by-user-agent.ts'

/**
 * In order of trust: said at launch, said in the request, said by the process's own variables, seen from outside.
 * `byEnvironment` stands before `byProcess` because they meet in one dimension only, and there CI is stated while a
 * test runner among the ancestors is inferred.
 */
export const ATTRIBUTORS: readonly Attributor[] = [
  byTag,
  byHeader,
  byEnvironment,
  byProcess,
  byUserAgent,
  ...byDeveloper,
]
