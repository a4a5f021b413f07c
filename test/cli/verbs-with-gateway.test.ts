import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { callRecordSchema } from '../../shared/calls/call.ts'
import { guardAnswerSchema, statusSchema } from '../../shared/contract/contract.ts'
import { type ControlServer, startControlServer } from '../../main/control/http-server.ts'
import { keepStatuslineFile } from '../../main/control/views/statusline-file.ts'
import { statuslineText } from '../../main/cli/commands/view/statusline-text.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { writeRuntimeFile } from '../../main/platform/home/runtime-file.ts'
import { createTestView, DAILY, type TestView } from '../support/gateway/control-view.ts'
import { runCli, startCli } from '../support/gateway/cli.ts'
import { formatUsd } from '../../shared/values/money.ts'

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
