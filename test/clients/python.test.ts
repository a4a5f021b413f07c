import path from 'node:path'
import { describe } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { type Client, installed } from './matrix.ts'

const folder = installed('python')

const program = (name: string, ...args: string[]): Client => ({
  name: `Python ${[name, ...args].join(', ')}`,
  process: new RegExp(`^python[0-9.]* .*${name.replace(/\W/g, '_')}_client\\.py$`),
  command: (_mode, what) => [
    path.join(folder ?? '', 'bin/python'),
    path.join(folder ?? '', 'programs', `${name}_client.py`),
    what,
    ...args,
  ],
})

describe.skipIf(folder === null)('Python', () => {
  describeClients([
    program('urllib'),
    program('requests'),
    program('httpx'),
    program('aiohttp'),
    program('openai', 'chat'),
    program('openai', 'responses'),
    program('anthropic'),
  ])
})
