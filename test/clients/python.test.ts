import { describe } from 'vitest'
import { describeClients } from './support/describe-clients.ts'
import { installed } from './support/matrix.ts'
import { PYTHON } from './support/program-clients.ts'

describe.skipIf(installed('python') === null)('Python', () => {
  describeClients(PYTHON)
})
