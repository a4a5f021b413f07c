import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { callRecordSchema } from '../../shared/calls/call.ts'
import {
  guardAnswerSchema,
  policyCheckSchema,
  spendReportSchema,
  statusSchema,
} from '../../shared/contract/contract.ts'
import { type ControlServer, startControlServer } from '../../main/control/http-server.ts'
import { keepStatuslineFile } from '../../main/control/views/statusline-file.ts'
import { statuslineText } from '../../main/cli/commands/view/statusline.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { writeRuntimeFile } from '../../main/platform/home/runtime-file.ts'
import { createTestView, DAILY, type TestView } from '../support/gateway/control-view.ts'
import { runCli, startCli } from '../support/gateway/cli.ts'
import { formatUsd } from '../../shared/values/money.ts'
import { policyText, startPolicyServer } from '../support/providers/policy-server.ts'

/** A home with a gateway's control API over a real ledger, found by its runtime file. */
describe('with a gateway', () => {
  let home: string
  let view: TestView
  let server: ControlServer

  beforeEach(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    view = await createTestView({
      home,
      policy: { rules: [DAILY], raise: { upToUsd: '5.00', perDay: 2 } },
      at: new Date().toISOString(),
    })
    server = await startControlServer({ view, token: 'token', port: 0, pageFolder: null })
    writeRuntimeFile(homePaths(home).runtime, {
      pid: process.pid,
      version: '0',
      proxy: 'http://127.0.0.1:1',
      control: server.url,
      token: 'token',
      proxyToken: '',
      home,
      startedAt: new Date().toISOString(),
    })
  })
  afterEach(async () => {
    await server.stop()
    view.close()
    rmSync(home, { recursive: true, force: true })
  })

  it('status is a sentence and a gauge, or a document', async () => {
    view.spend('1.23')
    const { code, stdout } = await runCli(home, ['status'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\$1\.23 of \$10\.00 today, resets 00:00 UTC\n/)
    expect(stdout).toContain('12 %  $8.77 left')
    expect(stdout).not.toContain('\u001b')
    const document = statusSchema.parse(JSON.parse((await runCli(home, ['status', '--json'])).stdout))
    expect(document.spend.leftUsd).toBe('8.770000000')
  })

  it('dashboard prints a link that signs a tab in, each time another', async () => {
    const { code, stdout } = await runCli(home, ['dashboard'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${server.url}/#code=[\\w-]{40,}\n$`))
    const { url } = JSON.parse((await runCli(home, ['dashboard', '--json'])).stdout) as { url: string }
    expect(url).not.toBe(stdout.trim())
  })

  it('status --watch goes on until it is stopped', async () => {
    const watching = startCli(home, ['status', '--watch', '--json'])
    await watching.lines(1)
    view.spend('1.00')
    const [, second = ''] = await watching.lines(2)
    expect(JSON.parse(second)).toMatchObject({ spend: { spentUsd: '1.000000000' } })
    watching.stop()
    expect((await watching.result).code).toBe(0)
  })

  it.each([
    ['2.00', 0],
    ['9.00', 0],
    ['9.01', 1],
  ])('guard --min-left %s answers with exit code %i', async (amount, expected) => {
    view.spend('1.00')
    const { code, stdout } = await runCli(home, ['guard', '--min-left', amount, '--json'])
    expect(code).toBe(expected)
    expect(guardAnswerSchema.parse(JSON.parse(stdout))).toMatchObject({
      ok: expected === 0,
      leftUsd: '9.000000000',
      rule: 'daily',
    })
  })

  it('raise is granted or refused by the policy, in its words', async () => {
    expect(await runCli(home, ['raise', '6.00', '--reason', 'demo'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('$5.00'),
    })
    const granted = await runCli(home, ['raise', '5.00', '--reason', 'demo', '--json'])
    expect(JSON.parse(granted.stdout)).toMatchObject({
      schema: 1,
      rule: 'daily',
      amountUsd: '5.000000000',
      leftUsd: '15.000000000',
    })
    expect(await runCli(home, ['raise', '5.00'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason'),
    })
  })

  it('calls --follow writes a line for each change of state', async () => {
    view.spend('0.1')
    const following = startCli(home, ['calls', '--follow', '--json', '--limit', '1'])
    await following.lines(1)
    const id = view.admit()
    await following.lines(2)
    view.settle(id, '0.25')
    const records = (await following.lines(3)).map((line) => callRecordSchema.parse(JSON.parse(line)))
    expect(records.map(({ state, costUsd }) => [state, costUsd])).toEqual([
      ['settled', '0.100000000'],
      ['open', null],
      ['settled', '0.250000000'],
    ])
    following.stop()
    expect((await following.result).code).toBe(0)
  })

  it('policy show and refresh tell what holds', async () => {
    const { stdout } = await runCli(home, ['policy'])
    expect(stdout).toContain('Policy version 1 (in force)')
    expect(stdout).toContain('All calls together may spend $10.00 per day')
    writeFileSync(path.join(home, 'policy.json'), 'garbage')
    const refreshed = await runCli(home, ['policy', 'refresh', '--json'])
    expect(refreshed.code).toBe(1)
    expect(JSON.parse(refreshed.stdout)).toMatchObject({
      outcome: 'rejected',
      version: 1,
      lastError: { code: 'policy-invalid' },
    })
  })

  it('what the gateway cannot do is said with exit code 1', async () => {
    expect(await runCli(home, ['pause'])).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot pause') })
    expect(await runCli(home, ['answer', 'x', 'maybe'])).toMatchObject({ code: 2 })
  })

  it('the status line reads what the gateway keeps in a file', () => {
    view.spend('1.00', { session: 's1' })
    const { statusline } = homePaths(home)
    keepStatuslineFile(view, statusline).close()
    const agent = JSON.stringify({
      session_id: 's1',
      model: { display_name: 'Opus' },
      context_window: { used_percentage: 42.4 },
    })
    expect(statuslineText(statusline, agent, () => true)).toBe(
      'Opus · $1.00 session / $1.00 of $10.00 today · $12.00/h · 42% context',
    )
    expect(statuslineText(statusline, '', () => false)).toBe('$1.00 of $10.00 today · $12.00/h · allowance off')
  })
})

test.each([
  ['0.000450000', '$0.0005'],
  ['0.000000000', '$0.00'],
  ['0.099999999', '$0.1000'],
  ['1.005000000', '$1.01'],
])('the status line rounds %s as every other face does: %s', (spentUsd, shown) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  const file = path.join(folder, 'statusline.json')
  const spend = { spentUsd, limitUsd: null, raisedUsd: '0', leftUsd: null, burnUsdPerHour: '0' }
  writeFileSync(file, JSON.stringify({ schema: 1, at: '', pid: 1, state: 'ok', spend, sessions: [] }))
  expect(statuslineText(file, '', () => true)).toBe(`${shown} today`)
  expect(formatUsd(Number(spentUsd.replace('.', '')))).toBe(shown)
  rmSync(folder, { recursive: true })
})

describe('the status line never fails', () => {
  it.each([
    ['nothing', '', 'allowance off'],
    ['garbage', '[[[', 'allowance off'],
    ['another form', '{"model":"gpt-5","cost":{"total_cost_usd":0.5}}', 'gpt-5 · ~$0.50 session · allowance off'],
    ['an escape', '{"model":"a\\u001b[2Jb"}', 'a[2Jb · allowance off'],
  ])('on %s', (_name, text, expected) => {
    expect(statuslineText('/nowhere', text, () => true)).toBe(expected)
  })
})

describe('without a gateway', () => {
  let home: string
  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    const view = await createTestView({
      home,
      policy: { timezone: 'Europe/Paris', rules: [DAILY] },
      at: new Date().toISOString(),
    })
    view.spend('1.50', { project: 'web' })
    view.spend('0.50', { project: '=cmd(),"x"' })
    view.close()
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('spend and calls read the ledger, in the time zone of the policy that was last known', async () => {
    const { stdout } = await runCli(home, ['spend', '--by', 'project', '--json'])
    const report = spendReportSchema.parse(JSON.parse(stdout))
    expect(report).toMatchObject({
      timezone: 'Europe/Paris',
      total: { calls: 2, costUsd: '2.000000000' },
      rows: [{ key: 'web' }, {}],
    })
    const calls = await runCli(home, ['calls', '--json'])
    expect(calls.stdout.trim().split('\n')).toHaveLength(2)
    expect((await runCli(home, ['spend'])).stdout).toMatch(/web +\$1\.50 +75 %/)
  })

  it('spend --csv is safe for spreadsheets', async () => {
    const lines = (await runCli(home, ['spend', '--csv'])).stdout.split('\r\n')
    expect(lines[0]).toMatch(/^project,calls,refused,costUsd,ceilingUsd,subscriptionUsd,uncachedInput,/)
    expect(lines[2]).toMatch(/^"'=cmd\(\),""x""",1,0,0\.500000000,/)
  })

  it.each([
    ['status'],
    ['raise', '1', '--reason', 'x'],
    ['guard', '--min-left', '1'],
    ['calls', '--follow'],
    ['pause'],
  ])('what asks one ends with exit code 3: %s', async (...args) => {
    const { code, stdout } = await runCli(home, [...args, '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: { code: 'no-gateway', message: expect.stringContaining(home), fix: 'allowance serve' },
    })
  })

  it('guard can be told to go on', async () => {
    expect((await runCli(home, ['guard', '--min-left', '1', '--fail-open'])).code).toBe(0)
  })

  it.each([
    ['a verb that does not exist', ['spnd']],
    ['a flag that does not exist', ['status', '--wtach']],
    ['a dimension that does not exist', ['spend', '--by', 'proyect']],
    ['a time that is none', ['spend', '--since', 'soon']],
    ['an amount that is none', ['guard', '--min-left', 'some']],
    ['a port that is none', ['serve', '--port', '70000']],
    ['an environment that is none', ['run', '--env', 'prod', '--', 'true']],
    ['a duration that is none', ['raise', '1', '--reason', 'x', '--for', 'soon']],
    ['no reason', ['raise', '1', '--reason', ' ']],
  ])('%s is a mistake of usage', async (_name, args) => {
    const { code, stderr, stdout } = await runCli(home, args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^allowance: .+\n→ .+\n$/)
  })

  it('help is help', async () => {
    expect(await runCli(home, ['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('serve') })
  })
})

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
