import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Notice, SpendReport, Status } from '../../shared/contract/contract.ts'
import { guardNamed } from '../../main/core/policy/guards/registry.ts'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { runCli } from '../support/gateway/cli.ts'

/** What `npm run demo` runs, at a pace for which nobody has to wait. */
let program: ChildProcess
let home: string
const told: Notice[] = []
let lines: Interface

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
  program = startProgram(process.execPath, ['out/demo.cjs', '--json', '--speed', '5'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  lines = createInterface({ input: program.stdout as Readable })
  const [ready] = (await once(lines, 'line')) as [string]
  home = (JSON.parse(ready) as { home: string }).home
  lines.on('line', (line) => told.push(JSON.parse(line) as Notice))
}, 60_000)
afterAll(() => stopProgram(program))

/** The first notice with that title, past or to come. */
function hears(title: string): Promise<Notice> {
  return new Promise((resolve) => {
    const look = () => {
      const found = told.find((notice) => notice.title === title)
      if (found === undefined) return
      lines.off('line', look)
      resolve(found)
    }
    lines.on('line', look)
    look()
  })
}

const json = async <Answer>(...args: string[]) => JSON.parse((await runCli(home, [...args, '--json'])).stdout) as Answer

describe('the demo', () => {
  it.runIf(guardNamed('loop'))('catches its loop before the cap of the day is reached', async () => {
    const loop = await hears('A loop was stopped')
    expect(loop.body).toContain('run_tests')
    const calls = (await runCli(home, ['calls', '--since', '1h', '--json'])).stdout.trim().split('\n')
    const stuck = calls.map((line) => JSON.parse(line)).filter((call) => call.attribution.project === 'billing')
    expect(stuck.filter(({ state }) => state === 'settled').length).toBeLessThanOrEqual(6)
    expect(told.some(({ title }) => title === 'Cap reached')).toBe(false)
  })

  it('reaches its cap, and holds it to the cent', async () => {
    const { body } = await hears('Cap reached')
    expect(body).toContain('of $5.00')
    const status = await json<Status>('status')
    // A long conversation is refused while its worst case, with nothing cached, does not fit any more.
    expect(Number(status.spend.spentUsd)).toBeGreaterThan(4.3)
    // The provider counts tokens its own way, so the last calls may cost a little more than what was held for them.
    expect(Number(status.spend.spentUsd)).toBeLessThan(5.01)
  })

  it('found out by itself which repository and which agent made each call', async () => {
    const projects = await json<SpendReport>('spend', '--by', 'project')
    expect(new Set(projects.rows.map(({ key }) => key))).toEqual(new Set(['api', 'billing', 'docs', 'search', 'web']))
    const agents = await json<SpendReport>('spend', '--by', 'agent')
    expect(agents.rows.map(({ key }) => key)).toEqual(expect.arrayContaining(['claude-code', 'codex', 'opencode']))
    const people = await json<SpendReport>('spend', '--by', 'tag:who')
    expect(new Set(people.rows.map(({ key }) => key))).toEqual(new Set(['ada', 'grace', 'linus']))
  })

  it('ends on ctrl-C and leaves nothing behind', async () => {
    const gone = once(program, 'exit')
    program.kill('SIGINT')
    expect(await gone).toEqual([0, null])
    expect(existsSync(path.join(home, 'ledger.sqlite'))).toBe(false)
    expect(existsSync(home)).toBe(false)
  })
})
