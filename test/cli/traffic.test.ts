import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { whySchema } from '../../shared/contract/contract.ts'
import { settingsSchema } from '../../shared/rules/settings.ts'
import { silentLogger } from '../../main/platform/system/logger.ts'
import { type RunningGateway, runGateway } from '../../main/gateway/run-gateway.ts'
import { runCli, startCli } from '../support/gateway/cli.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'

/** A developer's terminal beside a whole gateway: what it pauses, answers and raises. */
let home: string
let fake: FakeProvider
let gateway: RunningGateway
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  fake = new FakeProvider({ latencyMs: () => 0, outputTokens: () => 20 })
  const policy = path.join(home, 'policy.json')
  const rules = [
    { id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' },
    { id: 'night', guard: 'quiet-hours', from: '00:00', to: '00:00', action: 'ask', scope: { project: 'night' } },
  ]
  writeFileSync(
    policy,
    JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules, raise: { upToUsd: '2.00', perDay: 1 } }),
  )
  const settings = settingsSchema.parse({
    port: 0,
    controlPort: 0,
    developer: 'ada@acme.dev',
    upstreams: { openai: await fake.start() },
    policy: { url: policy },
  })
  gateway = await runGateway({ settings, home, version: '0', env: {}, logger: silentLogger, tokenWorkerPath: null })
})
afterEach(async () => {
  await gateway.stop('test over')
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
})

const call = (tags: string) =>
  new OpenAI({ apiKey: 'sk', baseURL: `${gateway.runtime.proxy}/@environment=dev,${tags}/openai/v1` }).chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
    .then(
      () => 'answered',
      (error: unknown) => (error as { error?: { allowance?: { code: string } } }).error?.allowance?.code,
    )
const status = async () =>
  JSON.parse((await runCli(home, ['status', '--json'])).stdout) as {
    state: string
    asks: { callId: string; question: string }[]
    spend: { leftUsd: string }
  }

describe('traffic', () => {
  test('pause and resume of a session that no call ever had are refused, with the near names', async () => {
    await call('session=refactoring')
    for (const verb of ['pause', 'resume']) {
      expect(await runCli(home, [verb, 'refactorin'])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /no session or conversation is named "refactorin".*\n→ did you mean "refactoring"\?/,
        ),
      })
    }
    expect(await status()).toMatchObject({ state: 'ok' })
  })

  test('pause and resume, of everything and of a session', async () => {
    expect(await runCli(home, ['pause'])).toMatchObject({ code: 0, stdout: 'paused\n' })
    expect(await status()).toMatchObject({ state: 'paused' })
    expect(await call('session=s1')).toBe('paused')
    expect(await runCli(home, ['resume'])).toMatchObject({ code: 0 })
    await runCli(home, ['pause', 's1'])
    expect(await status()).toMatchObject({ state: 'ok' })
    expect([await call('session=s1'), await call('session=s2')]).toEqual(['paused', 'answered'])
    await runCli(home, ['resume', 's1'])
    expect(await call('session=s1')).toBe('answered')
  })

  test('the kill switch is not switched off by the way', async () => {
    expect(await runCli(home, ['kill-switch', 'on'])).toMatchObject({ code: 0 })
    expect(await status()).toMatchObject({ state: 'killed' })
    expect(await runCli(home, ['resume'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('allowance kill-switch off'),
    })
    expect(await call('session=s1')).toBe('paused')
    await runCli(home, ['kill-switch', 'off'])
    expect(await call('session=s1')).toBe('answered')
  })
})

describe('questions', () => {
  test('a terminal that follows can answer', async () => {
    const following = startCli(home, ['calls', '--follow', '--json'])
    let follows = false
    void following.lines(1).then(() => {
      follows = true
    })
    while (!follows) await call('project=web')
    const asked = new Promise<string>((resolve) => {
      gateway.view.books.ledger.subscribe(({ record }) => record?.state === 'asked' && resolve(record.id))
    })
    const waiting = call('project=night,agent=codex')
    const id = await asked
    const shown = (await runCli(home, ['status'])).stdout
    expect(shown).toMatch(/\? codex in night(?: \(\S+\))?: these are quiet hours/)
    expect(shown).toMatch(new RegExp(`allowance answer ${id} once\\|30m\\|stop · stopped in .+ without an answer`))
    const [ask] = (await status()).asks
    expect(ask).toMatchObject({ callId: id, question: expect.stringContaining('codex in night') })
    expect(await runCli(home, ['answer', id, 'once'])).toMatchObject({ code: 0, stdout: 'goes on\n' })
    expect(await waiting).toBe('answered')
    expect(await runCli(home, ['answer', id, 'once'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not waiting for an answer'),
    })
    following.stop()
    expect((await following.result).code).toBe(0)
  })

  test('a terminal that follows is shown the question, and how to answer it', async () => {
    const following = startCli(home, ['calls', '--follow'])
    let follows = false
    void following.lines(1).then(() => {
      follows = true
    })
    while (!follows) await call('project=web')
    const waiting = call('project=night,agent=codex')
    const [question, how = ''] = await following.errorLines(2)
    expect(question).toMatch(/^\? codex in night(?: \(\S+\))?: these are quiet hours.*: let it go on\?$/)
    const [, id = ''] = /^ {2}allowance answer (\S+) once\|30m\|stop$/.exec(how) ?? []
    expect(await runCli(home, ['answer', id, 'once'])).toMatchObject({ code: 0 })
    expect(await waiting).toBe('answered')
    following.stop()
    expect((await following.result).code).toBe(0)
  })

  test('without one the answer is no at once', async () => {
    expect(await call('project=night')).toBe('quiet-hours')
  })
})

test('raise adds to the cap within what the policy grants, with its reason in the record', async () => {
  const before = Number((await status()).spend.leftUsd)
  expect(await runCli(home, ['raise', '2.50', '--reason', 'demo'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('more than the $2.00'),
  })
  expect(await runCli(home, ['raise', '1.50', '--reason', 'demo'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('daily raised by $1.50'),
  })
  expect(Number((await status()).spend.leftUsd) - before).toBeCloseTo(1.5)
  expect(await runCli(home, ['raise', '1.00', '--reason', 'again'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('1 raises a day'),
  })
})

test('why tells who spent and why, with a gateway or without', async () => {
  expect(await runCli(home, ['why'])).toMatchObject({ code: 0, stdout: 'Nothing was spent in this time.\n' })
  await call('session=s1,agent=codex,project=web')
  const spike = await runCli(home, ['why', '--spike'])
  expect(spike).toMatchObject({ code: 0 })
  expect(spike.stdout).toMatch(/^codex in web(?: \(\S+\))? spent \S+ in 1 call from /)
  expect(spike.stdout).toMatch(/ {2}session +s1\n/)
  const document = whySchema.parse(JSON.parse((await runCli(home, ['why', '--json'])).stdout))
  expect(document.attribution).toMatchObject({ session: 's1', agent: 'codex' })
  const [id = ''] = document.calls
  expect(JSON.parse((await runCli(home, ['why', id, '--json'])).stdout)).toMatchObject({ calls: [id] })
  const unknown = await runCli(home, ['why', 'nothing', '--json'])
  expect(unknown.code).toBe(1)
  expect(JSON.parse(unknown.stdout)).toMatchObject({ schema: 1, error: { code: 'not-found' } })
  expect(await runCli(home, ['why', id, '--spike'])).toMatchObject({ code: 2 })
})
