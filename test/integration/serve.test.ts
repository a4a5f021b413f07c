import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CallRecord, callRecordSchema } from '../../shared/calls/call.ts'
import { spendReportSchema, type Status } from '../../shared/contract/contract.ts'
import { firstLine, startProgram, stopProgram } from '../support/child-process.ts'
import { runCli, startCli } from '../support/gateway/cli.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'

/** The built program as a developer runs it, in front of a provider on loopback. */
const fake = new FakeProvider({ inputTokens: () => 1_000, outputTokens: () => 100 })
let upstreams: string
let home: string
let program: ChildProcess | null = null

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
  upstreams = JSON.stringify({ openai: await fake.start() })
}, 60_000)
afterAll(() => fake.stop())

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(async () => {
  if (program) await stopProgram(program)
  rmSync(home, { recursive: true, force: true })
})

async function serve(...args: string[]): Promise<{ proxy: string; control: string; pid: number; home: string }> {
  program = startProgram(
    process.execPath,
    ['out/cli.cjs', 'serve', '--json', '--port', '0', '--control-port', '0', ...args],
    {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        ALLOWANCE_HOME: home,
        ALLOWANCE_UPSTREAMS: upstreams,
        ALLOWANCE_DEVELOPER: 'ada@acme.dev',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  if (!program.stdout) throw new Error('no stdout')
  return JSON.parse(await firstLine(program, program.stdout)) as Awaited<ReturnType<typeof serve>>
}

async function json<Answer>(...args: string[]): Promise<Answer> {
  const { stdout } = await runCli(home, [...args, '--json'])
  return JSON.parse(stdout) as Answer
}

const ask = (proxy: string, tags = 'project=web') =>
  new OpenAI({ apiKey: 'sk-test', baseURL: `${proxy}/@${tags}/openai/v1` }).chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'hello' }],
  })

describe('allowance serve', () => {
  it('meters a call, shows it everywhere, and remembers it without a gateway', async () => {
    const { proxy, pid } = await serve()
    await ask(proxy, 'project=docs')
    const following = startCli(home, ['calls', '--follow', '--json', '--limit', '1'])
    await following.lines(1)
    await ask(proxy)
    const lines = (await following.lines(3)).map((line) => callRecordSchema.parse(JSON.parse(line)))
    expect(lines.at(-1)).toMatchObject({ state: 'settled', attribution: { project: 'web', developer: 'ada@acme.dev' } })
    following.stop()
    await following.result
    expect(lines.map(({ state }) => state)).toEqual(['settled', 'open', 'settled'])
    const cost = lines.at(-1)?.costUsd
    const status = await json<Status>('status')
    expect(status).toMatchObject({ spend: { limitUsd: null }, gateway: { pid } })
    expect(Number(status.spend.spentUsd)).toBeCloseTo(2 * Number(cost), 9)
    process.kill(pid, 'SIGTERM')
    const [code] = (await once(program as ChildProcess, 'exit')) as [number]
    expect(code).toBe(0)
    expect(existsSync(path.join(home, 'runtime.json'))).toBe(false)
    const report = spendReportSchema.parse(await json('spend', '--by', 'project'))
    expect(report.rows).toEqual([
      expect.objectContaining({ key: 'docs', calls: 1, costUsd: cost }),
      expect.objectContaining({ key: 'web', calls: 1, costUsd: cost }),
    ])
    expect((await runCli(home, ['status'])).code).toBe(3)
  })

  it('holds a cap, says so in the SDK and in the status, and lets a raise through', async () => {
    const policy = path.join(home, 'policy.json')
    const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.0001', per: 'day', warnAt: [0.5] }]
    writeFileSync(
      policy,
      JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules, raise: { upToUsd: '1.00', perDay: 1 } }),
    )
    const { proxy } = await serve('--policy', policy)
    const refused = await ask(proxy).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 402, message: expect.stringContaining('cap reached') })
    expect((await runCli(home, ['guard', '--min-left', '0.01'])).code).toBe(1)
    expect((await runCli(home, ['raise', '1.00', '--reason', 'demo'])).code).toBe(0)
    await ask(proxy)
    const calls = (await runCli(home, ['calls', '--json'])).stdout.trim().split('\n')
    expect(calls.map((line) => (JSON.parse(line) as CallRecord).state)).toEqual(['refused', 'settled'])
    expect((await json<Status>('status')).spend).toMatchObject({ rule: 'daily', raisedUsd: '1.000000000' })
  })

  it('starts again after a kill -9, with what was spent and nobody locked out', async () => {
    const first = await serve()
    await ask(first.proxy)
    process.kill(first.pid, 'SIGKILL')
    await once(program as ChildProcess, 'exit')
    expect((await runCli(home, ['status'])).code).toBe(3)
    const second = await serve()
    expect(second.pid).not.toBe(first.pid)
    expect(Number((await json<Status>('status')).spend.spentUsd)).toBeGreaterThan(0)
  })

  it('with --ephemeral is gone without a trace', async () => {
    const before = readdirSync(home)
    const line = await serve('--ephemeral')
    expect(existsSync(line.home)).toBe(true)
    await stopProgram(program as ChildProcess)
    expect(existsSync(line.home)).toBe(false)
    expect(readdirSync(home)).toEqual(before)
  })
})
