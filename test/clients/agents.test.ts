import { describe } from 'vitest'
import { AGENTS } from './agent-clients.ts'
import { describeClients } from './describe-clients.ts'
import { installed } from './matrix.ts'

describe.skipIf(installed('agents') === null)('agents', () => {
  describeClients(AGENTS)
})
