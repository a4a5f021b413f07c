import { spawn } from 'node:child_process'
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLinuxLookup } from '../../../main/platform/process/linux.ts'
import { ended, serveLookups, startClient } from './loopback.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'allowance-lookup-')))
const [one, two] = [join(root, 'one'), join(root, 'two')]
for (const directory of [one, two]) mkdirSync(directory)
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe.runIf(process.platform === 'linux')('on Linux', () => {
  let server: Awaited<ReturnType<typeof serveLookups>>
  beforeEach(async () => {
    server = await serveLookups(createLinuxLookup())
  })
  afterEach(() => server.close())

  test('finds process, directory, command and ancestors; no other argument is kept', async () => {
    const client = startClient(server.port, one, { VITEST: 'true', OPENAI_API_KEY: 'sk-secret' })
    await client.step({ get: '/a' })
    await client.end()
    const found = server.answered[0]?.found
    expect(found?.facts).toMatchObject({
      pid: client.pid,
      cwd: one,
      command: expect.stringMatching(/^node \S+\/client\.mjs$/),
    })
    expect(found?.facts.parents).toContain('vitest')
    expect(found?.variables).toEqual({ VITEST: 'true' })
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  test('two processes in two directories are told apart', async () => {
    const clients = [startClient(server.port, one), startClient(server.port, two)]
    await Promise.all(clients.map((client, index) => client.step({ get: `/${index}` })))
    await Promise.all(clients.map((client) => client.end()))
    const seen = new Map(server.answered.map(({ path, found }) => [path, found?.facts.cwd]))
    expect(seen.get('/0')).toBe(one)
    expect(seen.get('/1')).toBe(two)
  })

  test('a process that changes directory on one connection is never taken for where it was', async () => {
    const client = startClient(server.port, one)
    await client.step({ get: '/one' })
    await client.step({ chdir: two, get: '/changed' })
    await client.step({ get: '/two' })
    await client.end()
    expect(server.answered.map(({ found }) => found?.facts.cwd)).toEqual([one, null, two])
  })

  test('a directory that was removed is unknown', async () => {
    const gone = join(root, 'gone')
    mkdirSync(gone)
    const client = startClient(server.port, gone)
    await client.step({})
    rmSync(gone, { recursive: true })
    await client.step({ get: '/' })
    await client.end()
    expect(server.answered[0]?.found?.facts).toMatchObject({ pid: client.pid, cwd: null })
  })

  test('a fork that takes the connection to another directory makes it unknown, one that stays does not', async () => {
    const script = join(root, 'fork.py')
    writeFileSync(
      script,
      `
import http.client, os, sys
c = http.client.HTTPConnection('127.0.0.1', ${server.port})
def get(path):
    c.request('GET', path); c.getresponse().read()
get('/parent')
for path, directory in (('/stays', None), ('/leaves', ${JSON.stringify(two)})):
    child = os.fork()
    if child == 0:
        if directory: os.chdir(directory)
        get(path)
        os._exit(0)
    os.waitpid(child, 0)
get('/alone')
`,
    )
    await ended(spawn('python3', [script], { cwd: one, stdio: 'inherit' }))
    const seen = server.answered.map(({ path, found }) => [path, found?.facts.cwd])
    expect(seen).toEqual([
      ['/parent', one],
      ['/stays', one],
      ['/leaves', undefined],
      ['/alone', one],
    ])
  })

  test('a connection that is handed on by a process that is gone is unknown', async () => {
    const script = join(root, 'orphan.py')
    writeFileSync(
      script,
      `
import http.client, os, time
c = http.client.HTTPConnection('127.0.0.1', ${server.port})
def get(path):
    c.request('GET', path); c.getresponse().read()
get('/parent')
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent: time.sleep(0.001)
    os.chdir(${JSON.stringify(two)})
    get('/orphan')
    print('done', flush=True)
    os._exit(0)
os._exit(0)
`,
    )
    const child = spawn('python3', [script], { cwd: one, stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(server.answered.map(({ found }) => found?.facts.cwd)).toEqual([one, undefined])
  })

  test('a child that exits at once after sending: right or unknown', async () => {
    const code = `const s=require('net').connect(${server.port},'127.0.0.1',()=>s.write('GET /'+process.pid+' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n',()=>setTimeout(()=>process.exit(),40)))`
    const children = Array.from({ length: 5 }, (_, index) =>
      spawn(process.execPath, ['-e', code], { cwd: index % 2 ? one : two }),
    )
    await Promise.all(children.map((child) => ended(child)))
    await waitFor(() => server.answered.length === 5)
    for (const { path, found } of server.answered) {
      const index = children.findIndex(({ pid }) => path === `/${pid}`)
      const truth = { pid: children[index]?.pid, cwd: index % 2 ? one : two }
      expect([null, expect.objectContaining(truth)]).toContainEqual(found && found.facts)
    }
  })

  test('100 processes at once: each right or unknown, and most right', async () => {
    const directories = Array.from({ length: 10 }, (_, index) => join(root, `d${index}`))
    for (const directory of directories) mkdirSync(directory)
    const children = Array.from({ length: 100 }, (_, index) =>
      spawn('curl', ['-s', `http://127.0.0.1:${server.port}/${index}`], {
        cwd: directories[index % 10],
        stdio: 'ignore',
      }),
    )
    await Promise.all(children.map((child) => ended(child)))
    expect(server.answered).toHaveLength(100)
    let right = 0
    for (const { path, found } of server.answered) {
      if (found === null) continue
      const index = Number(path.slice(1))
      expect(found.facts).toMatchObject({ pid: children[index]?.pid, cwd: directories[index % 10], command: 'curl' })
      right += 1
    }
    expect(right).toBeGreaterThan(90)
  })

  const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  )
  test.runIf(hasIpv6)('IPv6, and IPv4 through a socket for both', async () => {
    const both = await serveLookups(createLinuxLookup(), '::')
    const children = ['127.0.0.1', '[::1]'].map((host) =>
      spawn('curl', ['-s', `http://${host}:${both.port}/${host}`], { cwd: one, stdio: 'ignore' }),
    )
    await Promise.all(children.map((child) => ended(child)))
    await both.close()
    const pids = new Map(both.answered.map(({ path, found }) => [path, found?.facts.pid]))
    expect(pids).toEqual(
      new Map([
        ['/127.0.0.1', children[0]?.pid],
        ['/[::1]', children[1]?.pid],
      ]),
    )
  })

  test('a caller that is no process of this machine, or gone, is unknown', async () => {
    const lookup = createLinuxLookup()
    const us = { localAddress: '127.0.0.1', localPort: server.port }
    expect(await lookup.processOf({ ...us, remoteAddress: '127.0.0.1', remotePort: 1 })).toBeNull()
    expect(await lookup.processOf({ ...us, remoteAddress: '192.0.2.1', remotePort: 4711 })).toBeNull()
    expect(await lookup.processOf({})).toBeNull()
  })
})

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
