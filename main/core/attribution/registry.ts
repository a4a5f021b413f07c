import type { Attributor } from './attributor.ts'
import { byDeveloper } from './by-developer.ts'
import { byEnvironment } from './by-environment.ts'
import { byHeader } from './by-header.ts'
import { byProcess } from './by-process.ts'
import { byTag } from './by-tag.ts'
import { byUserAgent } from './by-user-agent.ts'

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
