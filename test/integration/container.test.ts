import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMakeNamespaces } from '../../scripts/lib/machine.mjs'
import type { CallRecord } from '../../shared/calls/call.ts'
import { firstLine, startProgram, stopProgram } from '../support/child-process.ts'
import { runCli } from '../support/gateway/cli.ts'

// A container as far as the network goes: the gateway in one network namespace, its clients in another, a cable between.
const GATEWAY = `alw-g${process.pid}`
const CLIENT = `alw-c${process.pid}`
const GATEWAY_ADDRESS = '10.231.7.1'
const CLIENT_ADDRESS = '10.231.7.2'

/** The far end of the internet, in the gateway's own namespace. */
const PROVIDER = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json')
    response.setHeader('x-seen', JSON.stringify([request.url, request.rawHeaders]))
    response.end(JSON.stringify({ id: 'r1', model: 'gpt-4o-mini', choices: [], usage: { prompt_tokens: 1000, completion_tokens: 100 } }))
  })
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

const BODY = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] })
const POST = [
  '-sS',
  '-i',
  '-m',
  '20',
  '-H',
  'content-type: application/json',
  '-H',
  'authorization: Bearer k',
  '-d',
  BODY,
]

describe.skipIf(!canMakeNamespaces())('a container with the gateway on its machine', () => {
  let home: string
  let set: Record<string, string>
  const running: ChildProcess[] = []
  let port: number
  let control: string

  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    home = mkdtempSync(path.join(tmpdir(), 'allowance-container-'))
    const ip = (line: string) => execFileSync('ip', line.split(' '))
    for (const name of [GATEWAY, CLIENT]) ip(`netns add ${name}`)
    ip(`-n ${GATEWAY} link add cable type veth peer name cable netns ${CLIENT}`)
    for (const [name, address] of [
      [GATEWAY, GATEWAY_ADDRESS],
      [CLIENT, CLIENT_ADDRESS],
    ]) {
      ip(`-n ${name} addr add ${address}/24 dev cable`)
      for (const link of ['lo', 'cable']) ip(`-n ${name} link set ${link} up`)
    }
    const provider = await started(['-e', PROVIDER], {})
    const ready = await started(
      ['out/cli.cjs', 'serve', '--json', '--port', '0', '--control-port', '0', '--listen', '0.0.0.0'],
      {
        ALLOWANCE_HOME: home,
        ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: `http://127.0.0.1:${provider}` }),
      },
    )
    const places = JSON.parse(ready) as { proxy: string; control: string }
    port = Number(new URL(places.proxy).port)
    control = places.control
    const { stdout } = await runCli(home, [
      'env',
      '--shell',
      'json',
      '--mode',
      'both',
      '--project',
      'web',
      '--host',
      GATEWAY_ADDRESS,
    ])
    set = (JSON.parse(stdout) as { set: Record<string, string> }).set
  }, 60_000)

  afterAll(async () => {
    for (const child of running) await stopProgram(child)
    for (const name of [GATEWAY, CLIENT]) execFileSync('ip', ['netns', 'del', name])
    rmSync(home, { recursive: true, force: true })
  })

  async function started(args: string[], env: Record<string, string>): Promise<string> {
    const child = startProgram('ip', ['netns', 'exec', GATEWAY, process.execPath, ...args], {
      env: { PATH: process.env.PATH, HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.push(child)
    if (!child.stdout) throw new Error('no stdout')
    return firstLine(child, child.stdout)
  }

  /** Runs a program in the container; what it prints, whatever its exit code. */
  function inside(program: string, args: string[], env: Record<string, string> = {}): string {
    try {
      return execFileSync('ip', ['netns', 'exec', CLIENT, program, ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    } catch (error) {
      return (
        String((error as { stdout?: string; stderr?: string }).stdout) + String((error as { stderr?: string }).stderr)
      )
    }
  }

  async function lastCall(): Promise<CallRecord> {
    const { stdout } = await runCli(home, ['calls', '--json', '--limit', '1'])
    return JSON.parse(stdout) as CallRecord
  }

  it('gets nothing without the token, on any way in', () => {
    const place = `http://${GATEWAY_ADDRESS}:${port}`
    expect(inside('curl', [...POST, `${place}/openai/v1/chat/completions`])).toMatch(
      /^HTTP\/1\.1 401 [\s\S]*needs its token/,
    )
    expect(inside('curl', [...POST, '-x', place, 'http://api.openai.com/v1/chat/completions'])).toMatch(
      /^HTTP\/1\.1 407 /,
    )
    expect(inside('curl', [...POST, '-x', place, 'https://api.openai.com/v1/chat/completions'])).toMatch(
      /^HTTP\/1\.1 407 /,
    )
  })

  it('never reaches the control API', () => {
    expect(inside('curl', ['-sS', '-m', '5', `http://${GATEWAY_ADDRESS}:${new URL(control).port}/`])).toMatch(
      /Failed to connect|refused/,
    )
  })

  it.each([
    ['curl by base URL', () => inside('curl', [...POST, `${set.OPENAI_BASE_URL}/chat/completions`])],
    ['curl by CONNECT', () => inside('curl', [...POST, 'https://api.openai.com/v1/chat/completions'], set)],
    [
      'curl by absolute-form',
      () => inside('curl', [...POST, '-x', set.HTTP_PROXY ?? '', 'http://api.openai.com/v1/chat/completions']),
    ],
    [
      'Node by base URL',
      () =>
        inside(process.execPath, [
          '-e',
          `fetch(${JSON.stringify(`${set.OPENAI_BASE_URL}/chat/completions`)}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(BODY)} })
             .then(async (answer) => console.log(answer.status, answer.headers.get('x-seen'), await answer.text()))`,
        ]),
    ],
  ])('is metered: %s', async (_, ask) => {
    const printed = ask()
    expect(printed).toContain('"completion_tokens":100')
    const token = new URL(set.HTTPS_PROXY ?? '').password
    expect(token.length).toBeGreaterThan(16)
    expect(printed).not.toContain(token)
    // Who it is on another machine nobody can tell, so nobody is named.
    expect(await lastCall()).toMatchObject({
      state: 'settled',
      usage: { output: 100, source: 'reported' },
      attribution: { project: 'web', process: null, tags: {} },
    })
  })
})
