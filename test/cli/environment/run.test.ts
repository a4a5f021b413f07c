import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { needsPreload } from '../../../main/cli/environment/variables/node-options.ts'
import { nodeVersionOnPath } from '../../../main/cli/environment/child/which-node.ts'
import { splitLaunchTags } from '../../../main/proxy/intercept/upstream/launch-upstreams.ts'
import { buildEntry } from './build-entry.ts'

let folder: string
let program: string
let home: string
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-run-'))
  program = await buildEntry('test/cli/environment/run-main.ts', folder)
  await buildEntry('main/cli/environment/child/child-preload.ts', folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  home = path.join(mkdtempSync(path.join(tmpdir(), 'allowance-home-')), 'not', 'there')
})
afterEach(() => {
  const gateway = runtime()
  if (gateway) process.kill(gateway.pid, 'SIGTERM')
  rmSync(path.join(home, '../..'), { recursive: true, force: true })
})

function runtime(): { pid: number; proxy: string } | null {
  try {
    return JSON.parse(readFileSync(path.join(home, 'runtime.json'), 'utf8'))
  } catch {
    return null
  }
}
function launch(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      ALLOWANCE_HOME: home,
      FAKE_GATEWAY: path.resolve('test/cli/environment/fake-gateway.mjs'),
      ...env,
    },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const done = once(child, 'close').then(([code]) => ({ code: code as number, stdout, stderr }))
  const said = async (text: string) => {
    while (!stdout.includes(text)) await once(child.stdout, 'data')
  }
  return { child, done, said }
}
const node = (script: string) => ['--', process.execPath, '-e', script]

describe('the child’s environment', () => {
  it('leads to the gateway, which was started for it and knows nothing of itself as a proxy', async () => {
    const { code, stdout, stderr } = await launch(
      ['--tag', 'team=growth', ...node('console.log(JSON.stringify(process.env))')],
      { HTTPS_PROXY: 'http://corp:3128' },
    ).done
    expect(code, stderr).toBe(0)
    const env = JSON.parse(stdout)
    const gateway = runtime()
    const url = new URL(env.HTTPS_PROXY)
    expect(`http://${url.host}`).toBe(gateway?.proxy)
    const tags = Object.fromEntries(
      decodeURIComponent(url.username)
        .split(',')
        .map((pair) => pair.split('=') as [string, string]),
    )
    expect(splitLaunchTags(tags)).toEqual({ tags: { team: 'growth' }, upstreams: { proxy: 'http://corp:3128' } })
    expect(readFileSync(env.NODE_EXTRA_CA_CERTS, 'utf8')).toContain('BEGIN CERTIFICATE')
    expect(readFileSync(env.SSL_CERT_FILE, 'utf8').length).toBeGreaterThan(100_000)
    expect(env.NODE_OPTIONS ?? '').toMatch(
      // The Node that the child will find, whichever runs this.
      needsPreload(nodeVersionOnPath(process.env)) ? /--require .*child-preload\.cjs/ : /^$/,
    )
    expect(await (await fetch(`${gateway?.proxy}/health`)).json()).toEqual({ ok: true, proxy: 'http://corp:3128' })
  })

  it('a run within a run keeps the outer tags, and says its own', async () => {
    const inner = [
      process.execPath,
      program,
      '--tag',
      'team=b',
      '--',
      process.execPath,
      '-e',
      'console.log(decodeURIComponent(new URL(process.env.HTTPS_PROXY).username))',
    ]
    const { stdout } = await launch(['--tag', 'team=a', '--tag', 'step=build', '--', ...inner]).done
    expect(stdout.trim()).toBe('team=b,step=build')
  })
})

describe('the gateway of a run', () => {
  it('is started once, however many ask at the same time, and found by the next', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => launch(node('console.log(process.env.HTTPS_PROXY)')).done))
    expect(new Set(all.map(({ stdout }) => stdout.trim()))).toEqual(new Set([runtime()?.proxy]))
    await launch(node('')).done
    expect(readFileSync(path.join(home, 'starts'), 'utf8')).toBe('x')
  })

  it('that does not come up: the end of what it said, and no child', async () => {
    const { code, stdout, stderr } = await launch(node('console.log("ran")'), { FAKE_FAILS: '1' }).done
    expect(code).toBe(3)
    expect(stdout).toBe('')
    expect(stderr).toContain('the gateway did not start: it ended with 1\nthe disk is full')
  })

  it('whose place is stale is replaced', async () => {
    mkdirSync(home, { recursive: true })
    writeFileSync(
      path.join(home, 'runtime.json'),
      JSON.stringify({
        pid: process.pid,
        version: '0',
        proxy: 'http://127.0.0.1:9',
        control: 'x',
        token: 't',
        proxyToken: 'p',
        home,
        startedAt: 'x',
      }),
    )
    writeFileSync(path.join(home, 'start.lock'), '999999999')
    expect((await launch(node('')).done).code).toBe(0)
    expect(runtime()?.proxy).not.toBe('http://127.0.0.1:9')
  })
})

describe('the child in our place', () => {
  it.each([0, 1, 42, 255])('its exit code %d is ours', async (code) => {
    expect((await launch(node(`process.exit(${code})`)).done).code).toBe(code)
  })

  it('127 for what is not there, 126 for what cannot be run', async () => {
    const missing = await launch(['--', 'no-such-command-here']).done
    expect([missing.code, missing.stderr]).toEqual([127, 'allowance: no-such-command-here: command not found\n'])
    const file = path.join(folder, 'data.txt')
    writeFileSync(file, 'x')
    chmodSync(file, 0o644)
    expect((await launch(['--', file]).done).code).toBe(126)
  })

  it('128 + n when a signal ends it', async () => {
    expect((await launch(node('process.kill(process.pid, "SIGKILL")')).done).code).toBe(137)
  })

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const)('%s is passed on', async (signal) => {
    const { child, done, said } = launch(
      node(
        `process.on('${signal}', () => { console.log('got it'); process.exit(7) }); console.log('ready'); setInterval(() => {}, 1e6)`,
      ),
    )
    await said('ready')
    child.kill(signal)
    expect(await done).toMatchObject({ code: 7, stdout: expect.stringContaining('got it') })
  })

  it('standard input and output are its own', async () => {
    const { child, done } = launch(['--', 'cat'])
    child.stdin.end('through and through')
    expect((await done).stdout).toBe('through and through')
  })

  it('at a terminal it has the terminal, and ctrl-C reaches it once', async () => {
    const script = `let count = 0; process.on('SIGINT', () => { count += 1; setTimeout(() => { console.log('interrupts ' + count); process.exit(5) }, 300) }); console.log('tty', process.stdin.isTTY, process.stdout.isTTY); setInterval(() => {}, 1e6)`
    const python = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
text = b''
while b'tty true true' not in text: text += os.read(terminal, 1000)
os.write(terminal, b'\\x03')
try:
    while True:
        more = os.read(terminal, 1000)
        if not more: break
        text += more
except OSError: pass
print(text.decode(), 'exit', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
    const child = spawn('python3', ['-c', python, process.execPath, program, ...node(script)], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        ALLOWANCE_HOME: home,
        FAKE_GATEWAY: path.resolve('test/cli/environment/fake-gateway.mjs'),
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    await once(child, 'close')
    expect(output).toContain('interrupts 1')
    expect(output).toContain('exit 5')
  })
})
