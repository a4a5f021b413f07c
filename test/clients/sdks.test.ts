import { describe } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { installed } from './matrix.ts'
import { SDKS } from './program-clients.ts'

describe.skipIf(installed('sdks') === null)('SDKs for Node', () => {
  describeClients(SDKS)
})
