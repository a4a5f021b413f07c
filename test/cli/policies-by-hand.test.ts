import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { policyCheckSchema } from '../../shared/contract/contract.ts'
import { replaySchema } from '../../shared/rules/replay.ts'
import { createTestView, DAILY } from '../support/gateway/control-view.ts'
import { runCli } from '../support/gateway/cli.ts'
import { policyText, startPolicyServer } from '../support/providers/policy-server.ts'

describe('policies by hand', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  it('check explains each rule, or each mistake', async () => {
    writeFileSync(path.join(home, 'good.json'), `\uFEFF${policyText(1)}\n`)
    writeFileSync(
      path.join(home, 'bad.json'),
      policyText(1, { rules: [{ id: 'daily', guard: 'spend-cap', limitUSD: '1', per: 'day' }] }),
    )
    const good = await runCli(home, ['policy', 'check', 'good.json', '--json'])
    expect(policyCheckSchema.parse(JSON.parse(good.stdout))).toEqual({
      schema: 1,
      ok: true,
      errors: [],
      rules: [
        {
          id: 'daily',
          sentence:
            'All calls together may spend $10.00 per day: beyond that they are refused; warnings at 50 % and 80 %',
        },
      ],
    })
    const bad = await runCli(home, ['policy', 'check', 'bad.json', '--json'])
    expect(bad.code).toBe(1)
    expect(policyCheckSchema.parse(JSON.parse(bad.stdout)).errors).toContainEqual({
      path: 'rules[0].limitUSD',
      message: 'unknown key',
      suggestion: 'limitUsd',
    })
    writeFileSync(
      path.join(home, 'half.json'),
      policyText(1, {
        rules: [
          { id: 'b', guard: 'lop' },
          { ...DAILY, id: 'a' },
        ],
      }),
    )
    const half = policyCheckSchema.parse(
      JSON.parse((await runCli(home, ['policy', 'check', 'half.json', '--json'])).stdout),
    )
    expect(half).toMatchObject({
      ok: false,
      errors: [{ path: 'rules[0].guard', suggestion: 'loop' }],
      rules: [{ id: 'a' }],
    })
    expect((await runCli(home, ['policy', 'check', 'none.json'])).code).toBe(1)
  })

  it('check --replay says what each rule would have done, to whom', async () => {
    const view = await createTestView({ home, at: new Date(Date.now() - 3_600_000).toISOString() })
    for (const project of ['web', 'api', 'web']) view.spend('6.00', { project })
    view.close()
    const rules = [DAILY, { id: 'models', guard: 'model-access', deny: ['gpt-4*'] }, { id: 'loops', guard: 'loop' }]
    writeFileSync(path.join(home, 'policy.json'), policyText(1, { rules }))
    const { stdout } = await runCli(home, ['policy', 'check', 'policy.json', '--replay', '30d', '--json'])
    const { replay } = JSON.parse(stdout) as { replay: unknown }
    expect(replaySchema.parse(replay)).toMatchObject({
      calls: 3,
      total: { refused: 2, savedUsd: '12.000000000', byDeveloper: [{ key: 'ada@acme.dev' }] },
      rules: [
        { id: 'daily', refused: 2, byProject: [{ key: 'api' }, { key: 'web' }] },
        { id: 'models', refused: 0 },
      ],
      limits: [expect.stringContaining('loops cannot be replayed'), expect.anything()],
    })
    const text = await runCli(home, ['policy', 'check', 'policy.json', '--replay', '30d'])
    expect(text.stdout).toMatch(/would have refused 2 calls on 1 day .* and saved \$12\.00\./)
    expect(text.stdout).toMatch(/daily +2 +.*\$12\.00/)
    expect(await runCli(home, ['policy', 'check', 'policy.json', '--replay', 'soon'])).toMatchObject({ code: 2 })
  })

  it('diff says in sentences what changes, and nothing of what is only written differently', async () => {
    const files = {
      old: policyText(1, { rules: [DAILY, { id: 'loops', guard: 'loop' }] }),
      same: policyText(1, {
        rules: [
          { ...DAILY, limitUsd: 10 },
          { guard: 'loop', id: 'loops' },
        ],
      }),
      next: policyText(2, {
        rules: [
          { ...DAILY, limitUsd: '5.00' },
          { id: 'one', guard: 'call-cap', limitUsd: 1 },
        ],
      }),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(home, name), text)
    expect((await runCli(home, ['policy', 'diff', 'old', 'same'])).stdout).toBe('Both do the same.\n')
    expect((await runCli(home, ['policy', 'diff', 'old', 'next'])).stdout.split('\n')).toEqual([
      expect.stringMatching(/^− "loops" is removed: Calls in a loop .* are refused\.$/),
      expect.stringMatching(/^~ "daily" changes\. Before: .*\$10\.00 per day.* Now: .*\$5\.00 per day.*\.$/),
      '+ "one" is added: Calls that may cost more than $1.00 are refused.',
      '~ The version changes from 1 to 2.',
      '',
    ])
  })

  it.each([
    ['policy keygen', ['policy', 'keygen', '--kid', 'k1'], { publicKey: { kid: 'k1' } }],
    ['env', ['env'], { mode: 'connect', set: { NODE_USE_ENV_PROXY: '1' }, saved: { HTTPS_PROXY: null } }],
    ['off', ['off'], { set: {}, unset: [] }],
    ['hook', ['hook', 'fish'], { shell: 'fish', script: expect.stringContaining('function') }],
    ['uninstall', ['uninstall', '--purge'], { ok: true }],
  ])('%s answers with a document too', async (_name, args, document) => {
    const { code, stdout } = await runCli(home, [...args, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, ...document })
  })

  it('keygen, sign and enroll make a policy that counts', async () => {
    writeFileSync(path.join(home, 'policy.json'), policyText(7))
    const keys = await runCli(home, ['policy', 'keygen', '--kid', 'k1', '--out', 'key.json'])
    const publicKey = JSON.parse(keys.stdout) as Record<string, unknown>
    expect(publicKey).toMatchObject({ kid: 'k1', crv: 'Ed25519' })
    expect(publicKey).not.toHaveProperty('d')
    expect(statSync(path.join(home, 'key.json')).mode & 0o777).toBe(0o600)
    expect((await runCli(home, ['policy', 'keygen', '--out', 'key.json'])).code).toBe(2)
    const server = await startPolicyServer()
    server.text = (await runCli(home, ['policy', 'sign', 'policy.json', '--key', 'key.json'])).stdout
    writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ policy: { keys: [publicKey] } }))
    const enrolled = await runCli(home, ['enroll', server.url, '--developer', 'ada@acme.dev', '--json'])
    expect(JSON.parse(enrolled.stdout)).toMatchObject({ developer: { id: 'ada@acme.dev' }, policy: { version: 7 } })
    expect(JSON.parse(readFileSync(path.join(home, 'settings.json'), 'utf8'))).toEqual({
      developer: 'ada@acme.dev',
      policy: { keys: [publicKey], url: server.url },
    })
    server.text = policyText(8)
    expect(await runCli(home, ['enroll', `${server.url}/other`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not signed'),
    })
    await server.stop()
  })
})
