import { expect, test } from 'vitest'
import {
  createMacosLookup,
  parseDirectories,
  parseProcesses,
  parseSockets,
} from '../../../main/platform/process/macos.ts'
import { serveLookups, startClient } from './loopback.ts'

// Shapes as macOS 15 prints them (lsof 4.91).
const SOCKETS =
  'p501\ncnode\nf23\nn127.0.0.1:54321->127.0.0.1:4141\np88\ncallowance\nf19\nn127.0.0.1:4141->127.0.0.1:54321\np700\ncPython\nf5\nn[::1]:54400->[::1]:4141\np701\ncPython\nf5\nn[::1]:54400->[::1]:4141\n'
const DIRECTORIES = 'p501\nfcwd\nn/Users/ada/web app\np700\nfcwd\nn/Users/ada/api\np701\nfcwd\nn/Users/ada/api\n'
const PROCESSES = `    1     0 /sbin/launchd
  400     1 /Applications/Visual Studio Code.app/Contents/MacOS/Electron --key secret
  450   400 -zsh
  500   450 node /Users/ada/web app/node_modules/.bin/vitest run
  501   500 /opt/homebrew/bin/node agent.js --prompt write a poem
  700   450 python3 -m agent secret
  701   700 python3 -m agent secret
`
const US = { localAddress: '127.0.0.1', localPort: 4141 }

function recorded(directories = DIRECTORIES) {
  const asked: string[][] = []
  const lookup = createMacosLookup(async (program, args) => {
    asked.push([program, ...args])
    if (program === 'ps') return PROCESSES
    return args.includes('cwd') ? directories : SOCKETS
  })
  return { lookup, asked }
}

test("a recorded answer: the client's own row, its directory, its ancestors", async () => {
  const { lookup, asked } = recorded()
  const found = await lookup.processOf({ ...US, remoteAddress: '::ffff:127.0.0.1', remotePort: 54321 })
  expect(found?.facts).toEqual({
    pid: 501,
    command: 'node agent.js',
    cwd: '/Users/ada/web app',
    parents: ['node', 'zsh', 'Electron', 'launchd'],
  })
  expect(asked[0]).toEqual(['lsof', '-nPw', '-iTCP@127.0.0.1:54321', '-sTCP:ESTABLISHED', '-Fpcn'])
  expect(asked.at(-1)).toEqual(['lsof', '-aw', '-p', '501', '-d', 'cwd', '-Fpn'])
})

test('a fork of the same directory is charged as its maker, of another it is unknown', async () => {
  const peer = { localAddress: '::1', localPort: 4141, remoteAddress: '::1', remotePort: 54400 }
  expect((await recorded().lookup.processOf(peer))?.facts).toMatchObject({
    pid: 700,
    command: 'python3 -m agent',
    cwd: '/Users/ada/api',
  })
  expect(await recorded(DIRECTORIES.replace(/api\n$/, 'other\n')).lookup.processOf(peer)).toBeNull()
})

test('several that wait are answered by one run, and who is not listed is unknown', async () => {
  const { lookup, asked } = recorded()
  const [first, ...rest] = await Promise.all(
    [54321, 54400, 9].map((remotePort) => lookup.processOf({ ...US, remoteAddress: '127.0.0.1', remotePort })),
  )
  expect(first?.facts.pid).toBe(501)
  expect(rest).toEqual([null, null])
  expect(asked.filter(([program]) => program === 'ps')).toHaveLength(2)
})

test('odd output is no answer', () => {
  expect(parseSockets('garbage\nn127.0.0.1:4141\nnlocalhost')).toEqual(new Map())
  expect(parseDirectories('p1\nfcwd\nn/proc/1/cwd (readlink: Permission denied)\n')).toEqual(new Map())
  expect(parseProcesses('\nPID PPID\n 12 \n')).toEqual(new Map())
})

test.runIf(process.platform !== 'win32')('the real programs answer as their recordings do', async (context) => {
  const server = await serveLookups(createMacosLookup())
  const client = startClient(server.port, process.cwd())
  await client.step({ get: '/' })
  await client.end()
  await server.close()
  const found = server.answered[0]?.found
  if (!found) context.skip('lsof is not installed')
  expect(found?.facts).toMatchObject({
    pid: client.pid,
    cwd: process.cwd(),
    command: expect.stringContaining('client.mjs'),
  })
  expect(found?.facts.parents).toContain('vitest')
})
