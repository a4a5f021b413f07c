import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capPreviewSchema, ownRulesAnswerSchema } from '../../shared/rules/own-rules.ts'
import { settingsSchema } from '../../shared/rules/settings.ts'
import { type RunningGateway, runGateway } from '../../main/gateway/run-gateway.ts'
import { silentLogger } from '../../main/platform/system/logger.ts'
import { runCli } from '../support/gateway/cli.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'

/** A developer sets a cap in a terminal, beside a gateway that runs. */
let home: string
let fake: FakeProvider
let origin: string
let gateway: RunningGateway | null = null

const start = async (policy?: object) => {
  const file = path.join(home, 'policy.json')
  if (policy) writeFileSync(file, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', ...policy }))
  const settings = settingsSchema.parse({
    port: 0,
    controlPort: 0,
    developer: 'ada@acme.dev',
    upstreams: { openai: origin },
    ...(policy ? { policy: { url: file } } : {}),
  })
  gateway = await runGateway({ settings, home, version: '0', env: {}, logger: silentLogger, tokenWorkerPath: null })
}
const stop = async () => {
  await gateway?.stop('test over')
  gateway = null
}
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  // gpt-4o: 2,000 × $2.50/M + 1,000 × $10/M is a cent and a half a call.
  fake = new FakeProvider({ inputTokens: () => 2_000, outputTokens: () => 1_000 })
  origin = await fake.start()
})
afterEach(async () => {
  await stop()
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
})

const call = (tags = '') =>
  new OpenAI({ apiKey: 'sk', maxRetries: 0, baseURL: `${gateway?.runtime.proxy}/${tags}openai/v1` }).chat.completions
    .create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], max_tokens: 1_000 })
    .then(
      () => 'answered',
      (error: unknown) => (error as { error?: { allowance?: { code: string } } }).error?.allowance?.code,
    )
const cli = (...args: string[]) => runCli(home, args)
const list = async () => ownRulesAnswerSchema.parse(JSON.parse((await cli('cap', 'list', '--json')).stdout))

describe('a cap in one act', () => {
  test('holds for the next call, survives a restart, is raised, and is taken back', async () => {
    await start()
    expect(await call()).toBe('answered')
    const set = await cli('cap', '0.016')
    expect(set.code).toBe(0)
    expect(set.stdout).toContain('$0.016')
    expect(await call()).toBe('cap-reached')
    await stop()
    await start()
    expect(await call()).toBe('cap-reached')
    expect((await cli('raise', '1.00', '--reason', 'release')).code).toBe(0)
    expect(await call()).toBe('answered')
    expect((await cli('cap', '0.01')).code).toBe(0)
    expect((await cli('cap', 'undo')).code).toBe(0)
    expect((await list()).rules).toMatchObject([{ id: 'my-daily-cap', document: { limitUsd: '0.016' } }])
    expect((await cli('cap', 'remove', 'my-daily-cap')).code).toBe(0)
    expect(await call()).toBe('answered')
  })

  test('says what it would have refused of the last 30 days, and agrees with what it then refuses', async () => {
    await start()
    for (let index = 0; index < 4; index += 1) await call()
    const preview = capPreviewSchema.parse(JSON.parse((await cli('cap', '0.04', '--dry-run', '--json')).stdout))
    expect(preview.replay).toMatchObject({ calls: 4, refused: 2, daysAffected: 1, savedUsd: '0.030000000' })
    expect(preview.past).toMatch(/would have refused 2 of the 4 calls|would have refused 2 calls/)
    expect((await list()).rules).toEqual([])
  })

  test('of a project, of each session, by the week, with a question, is a cap of its own', async () => {
    await start()
    await cli('cap', '0.016', '--project', 'web')
    await cli('cap', '$3', '--per', 'week', '--warn', '50,80%', '--action', 'ask')
    await cli('cap', '1', '--each', 'session')
    expect((await list()).rules.map(({ id }) => id)).toEqual([
      'my-daily-cap-project-web',
      'my-weekly-cap',
      'my-daily-cap-each-session',
    ])
    expect((await list()).rules[1]?.document).toMatchObject({ warnAt: [0.5, 0.8], action: 'ask' })
    expect([await call('@project=web/'), await call('@project=web/'), await call('@project=api/')]).toEqual([
      'answered',
      'cap-reached',
      'answered',
    ])
  })

  test('never loosens the policy', async () => {
    await start({ rules: [{ id: 'my-daily-cap', guard: 'spend-cap', limitUsd: 0.016, per: 'day' }] })
    await cli('cap', '100')
    expect([await call(), await call()]).toEqual(['answered', 'cap-reached'])
    expect((await cli('raise', '1.00', '--reason', 'why', '--rule', 'my-daily-cap')).code).toBe(1)
  })

  test('is kept without a gateway, for the next one', async () => {
    expect(await cli('cap', '0.016')).toMatchObject({ code: 0 })
    await start()
    expect([await call(), await call()]).toEqual(['answered', 'cap-reached'])
  })

  test('guards that ask are one switch', async () => {
    await start()
    await cli('guard', 'on', 'loop')
    expect((await list()).rules).toMatchObject([{ guard: 'loop', document: { action: 'ask' } }])
    await cli('guard', 'on', 'loop')
    await cli('guard', 'off', 'loop')
    expect((await list()).rules).toEqual([])
  })
})

describe('what cannot be', () => {
  test.each([
    [['cap', 'abc'], '"abc" is not an amount in dollars'],
    [['cap', '0'], '"0" is not an amount in dollars'],
    [['cap', '5', '--per', 'fortnight'], 'per: minute, hour, day'],
    [['cap', '5', '--each', 'sesion'], 'each: '],
    [['cap', '5', '--warn', '0,500'], 'not a list of percentages'],
    [['cap', '5', '--action', 'explode'], 'is not an action'],
    [['cap', 'remove', 'nosuch'], 'you have set no cap named "nosuch"'],
    [['cap', 'undo'], 'there is no change to undo'],
    [['guard', 'on', 'nosuch'], 'no guard "nosuch"'],
  ])('%j is refused, and says why', async (args, why) => {
    const result = await cli(...args)
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain(why)
  })

  test('a file that was broken by hand stops the start, is named, and is never written over', async () => {
    const file = path.join(home, 'own-rules.json')
    for (const text of [
      '{',
      '{"schema":2,"version":1,"rules":[],"previous":null}',
      '{"schema":1,"version":1,"rules":[{"id":"x","guard":"spend-cap","limitUsd":"-1","per":"day"}],"previous":null}',
    ]) {
      writeFileSync(file, text)
      await expect(start()).rejects.toThrow(file)
      expect((await cli('cap', '5')).code).not.toBe(0)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
  })
})
