import { describe } from 'vitest'
import { AGENTS } from './support/agent-clients.ts'
import { describeClients } from './support/describe-clients.ts'
import { installed } from './support/matrix.ts'

describe.skipIf(installed('agents') === null)('agents', () => {
  describeClients(AGENTS)
})
