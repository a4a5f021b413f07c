import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { homePaths } from '../../main/platform/paths.ts'
import { runCli } from '../support/cli.ts'
import { FakeProvider } from '../support/fake-provider.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway-program.ts'

/** The gateway as users run it, in a process of its own, and the command line beside it. */
let home: string
let fake: FakeProvider
let env: Record<string, string>
let gateway: GatewayProgram

beforeAll(() => buildProgram())
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-caps-'))
  fake = new FakeProvider()
  env = { ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: await fake.start() }) }
  gateway = await startGatewayProgram(home, env)
})
afterEach(async () => {
  await gateway.stop()
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
})

async function call(project = 'web'): Promise<{ status: number; message: string }> {
  const answer = await fetch(`${gateway.proxy}/@project=${project}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hi.' }] }),
  })
  const body = (await answer.json()) as { error?: { message: string } }
  return { status: answer.status, message: body.error?.message ?? '' }
}
const allowance = async (...args: string[]) => {
  const ran = await runCli(home, args)
  expect(ran, ran.stderr).toMatchObject({ code: 0 })
  return ran.stdout
}
const NO_ROOM = '0.0000001'

describe('a cap that is set while the gateway runs', () => {
  test('holds with the next call, is lifted by undo, and is not another project’s', async () => {
    expect(await call()).toMatchObject({ status: 200 })
    expect(await allowance('cap', NO_ROOM, '--project', 'web')).toContain(
      'In the last 30 days it would have refused 1 call on 1 day',
    )
    const refused = await call()
    expect(refused).toMatchObject({ status: 402 })
    expect(refused.message).toMatch(
      /spend cap reached.*raise 1\.00 --reason "why" --rule daily-web\. Your own rule "daily-web"\.$/,
    )
    expect(await call('api')).toMatchObject({ status: 200 })
    await allowance('cap', 'undo')
    expect(await call()).toMatchObject({ status: 200 })
  })

  test('may be raised, and the next call goes', async () => {
    await call()
    await allowance('cap', NO_ROOM)
    const { status, message } = await call()
    expect(status).toBe(402)
    // As it stands in the sentence, in a shell that knows nothing of us.
    const [, command = ''] = /To go on now: (.*?)\. Your own rule/.exec(message) ?? []
    const env = { PATH: process.env.PATH, HOME: home, ALLOWANCE_HOME: home }
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { env })
    expect(stdout).toContain('daily raised by $1.00')
    expect(await call()).toMatchObject({ status: 200 })
  })

  test('survives kill -9 at once, and a restart', async () => {
    await call()
    await allowance('cap', NO_ROOM)
    await gateway.kill()
    gateway = await startGatewayProgram(home, env)
    expect(await call()).toMatchObject({ status: 402 })
    await gateway.stop()
    gateway = await startGatewayProgram(home, env)
    expect(await call()).toMatchObject({ status: 402 })
  })

  test('that was set while no gateway ran holds from its start', async () => {
    await gateway.stop()
    await allowance('cap', NO_ROOM)
    gateway = await startGatewayProgram(home, env)
    expect(await call()).toMatchObject({ status: 402 })
  })

  test('whose file is broken goes on holding, over a restart too, and status says what to do', async () => {
    await allowance('cap', NO_ROOM)
    await gateway.stop()
    const file = homePaths(home).ownRules
    const broken = readFileSync(file, 'utf8').slice(0, -20)
    writeFileSync(file, broken)
    gateway = await startGatewayProgram(home, env)
    expect(await call()).toMatchObject({ status: 402 })
    const change = await runCli(home, ['cap', '5'])
    expect(change).toMatchObject({ code: 1, stderr: expect.stringContaining(`${file} cannot be read: it is not JSON`) })
    expect(await allowance('status')).toContain(`${file} cannot be read`)
    expect(readFileSync(file, 'utf8')).toBe(broken)
  })
})

test('a cap is only ever tighter than the policy: the policy refuses what a wide cap would let through', async () => {
  await gateway.stop()
  const policy = path.join(home, 'policy.json')
  const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: NO_ROOM, per: 'day' }]
  writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
  gateway = await startGatewayProgram(home, env, ['--policy', policy])
  for (const act of [
    ['cap', '100'],
    ['cap', 'remove', 'daily'],
    ['cap', 'undo'],
  ]) {
    await allowance(...act)
    expect((await call()).message).toMatch(/Rule "daily" of policy version 1\.$/)
  }
  expect(await runCli(home, ['raise', '1', '--reason', 'why', '--rule', 'daily'])).toMatchObject({ code: 1 })
})
