import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findNodeRuntime } from '../../scripts/node-runtime.mjs'
import type { CallRecord } from '../../shared/calls/call.ts'
import { firstLine, startProgram, stopProgram } from '../support/child-process.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { machineLacks } from '../support/gateway/machine.ts'

// One build for every Node: what differs between them is found out where it counts, in the program that is shipped.
const RUNTIMES = [
  { name: `this Node (${process.versions.node})`, program: process.execPath, isMissing: false },
  { name: 'Node 24', program: findNodeRuntime() ?? '', isMissing: machineLacks('node24') },
]
const CLI = path.resolve('out/cli.cjs')
const MESSAGES = [{ role: 'user' as const, content: 'hello' }]
const CHAT = JSON.stringify({ model: 'gpt-4o-mini', messages: MESSAGES })

describe.each(RUNTIMES)('the gateway on $name', ({ program, isMissing }) => {
  const fake = new FakeProvider({ inputTokens: () => 1_000, outputTokens: () => 100 })
  let home: string
  let gateway: ChildProcess
  let proxy: string

  beforeAll(() => void execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' }), 60_000)
  beforeEach(async ({ skip }) => {
    if (isMissing) return skip()
    home = mkdtempSync(path.join(tmpdir(), 'allowance-runtime-'))
    const env = { ...environment(), ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: await fake.start() }) }
    gateway = startProgram(program, [CLI, 'serve', '--json', '--port', '0', '--control-port', '0'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (!gateway.stdout) throw new Error('no stdout')
    proxy = (JSON.parse(await firstLine(gateway, gateway.stdout)) as { proxy: string }).proxy
  })
  afterEach(async () => {
    if (isMissing) return
    await stopProgram(gateway)
    await fake.stop()
    rmSync(home, { recursive: true, force: true })
  })

  /** With this runtime as the `node` of the PATH. */
  function environment(): Record<string, string | undefined> {
    return { PATH: `${path.dirname(program)}:${process.env.PATH}`, HOME: home, ALLOWANCE_HOME: home }
  }

  function allowance(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const child = execFile(program, [CLI, ...args], { env: environment(), cwd: home }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      )
    })
  }

  async function calls(): Promise<CallRecord[]> {
    const { stdout } = await allowance('calls', '--json')
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as CallRecord)
  }

  const METERED = {
    state: 'settled',
    usage: { uncachedInput: 1_000, output: 100, source: 'reported' },
    costUsd: '0.000210000',
  }

  it('meters base URLs, plain, streamed and by HTTP/2, and remembers them when it has ended', async () => {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${proxy}/@project=web/openai/v1` })
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: MESSAGES })
    const stream = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: MESSAGES, stream: true })
    for await (const _ of stream);
    const session = connectHttp2(proxy)
    const path = '/@project=web/openai/v1/chat/completions'
    const request = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' })
    request.end(CHAT)
    expect((await once(request, 'response'))[0]).toMatchObject({ ':status': 200 })
    request.resume()
    await once(request, 'close')
    session.close()
    const records = await calls()
    expect(records).toHaveLength(3)
    for (const record of records)
      expect(record).toMatchObject({ ...METERED, attribution: { project: 'web', process: { pid: process.pid } } })

    gateway.kill('SIGTERM')
    expect((await once(gateway, 'exit'))[0]).toBe(0)
    expect(await calls()).toEqual(records)
  })

  it('meters a program of the same Node that `run` starts, unchanged, through a decrypted tunnel', async () => {
    const script = `fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer k' }, body: ${JSON.stringify(CHAT)},
    }).then(async (answer) => { console.log(process.version, (await answer.json()).object); process.exitCode = 7 })`
    const { code, stdout, stderr } = await allowance('run', '--project', 'ran', '--', 'node', '-e', script)
    expect(stderr).toBe('')
    expect([code, stdout.trim()]).toEqual([7, expect.stringMatching(/^v[\d.]+ chat\.completion$/)])
    expect(await calls()).toMatchObject([{ ...METERED, attribution: { project: 'ran', process: { cwd: home } } }])
  })

  it('knows after a kill -9 what was spent before it', async () => {
    const ask = () =>
      fetch(`${proxy}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: CHAT,
      })
    // With its last byte it is in the books.
    expect(await (await ask()).text()).toContain('completion_tokens')
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
    expect(await calls()).toMatchObject([METERED])
  })
})
