import { describe } from 'vitest'
import { describeClients } from './support/describe-clients.ts'
import { installed } from './support/matrix.ts'
import { SDKS } from './support/program-clients.ts'

describe.skipIf(installed('sdks') === null)('SDKs for Node', () => {
  describeClients(SDKS)
})
