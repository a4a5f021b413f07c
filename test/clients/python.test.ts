import { describe } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { installed } from './matrix.ts'
import { PYTHON } from './program-clients.ts'

describe.skipIf(installed('python') === null)('Python', () => {
  describeClients(PYTHON)
})
