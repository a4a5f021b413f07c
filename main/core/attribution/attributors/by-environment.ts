import type { Environment } from '../../../../shared/calls/attribution.ts'
import type { Attributor } from './attributor.ts'

const CI_VARIABLES = [
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'BUILDKITE',
  'CIRCLECI',
  'TF_BUILD',
  'JENKINS_URL',
  'TEAMCITY_VERSION',
  'CI',
]
const TEST_VARIABLES = ['VITEST', 'JEST_WORKER_ID', 'PYTEST_CURRENT_TEST', 'PYTEST_VERSION', 'NODE_TEST_CONTEXT']

/** The variables worth reading of a caller's process. Nothing else of its environment is ever looked at: keys live there. */
export const ENVIRONMENT_VARIABLES: readonly string[] = [...CI_VARIABLES, ...TEST_VARIABLES, 'NODE_ENV']

/** Where the process says that it runs. A machine that says CI is believed before its test runner is. */
export const byEnvironment: Attributor = {
  name: 'environment',
  answer: ({ variables }) => ({ environment: variables ? environmentOf(variables) : null }),
}

function environmentOf(variables: Readonly<Record<string, string>>): Environment | null {
  const isSet = (name: string) => !['', '0', 'false', 'no'].includes((variables[name] ?? '').trim().toLowerCase())
  if (CI_VARIABLES.some(isSet)) return 'ci'
  // Jest's first worker is number 1, but a runner may count from 0: being there is enough.
  if (TEST_VARIABLES.some((name) => variables[name] !== undefined) || variables['NODE_ENV'] === 'test') return 'test'
  return null
}
