import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spendReportSchema } from '../../shared/contract/contract.ts'
import { lockHome } from '../../main/ledger/store/home-lock.ts'
import { migration001 } from '../../main/ledger/store/migrations/001-ledger.ts'
import { migration002 } from '../../main/ledger/store/migrations/002-refused-calls.ts'
import { migration003 } from '../../main/ledger/store/migrations/003-profiles.ts'
import { migration004 } from '../../main/ledger/store/migrations/004-compact-rows.ts'
import { openDatabase } from '../../main/ledger/store/sqlite.ts'
import { createTestView, DAILY } from '../support/gateway/control-view.ts'
import { runCli } from '../support/gateway/cli.ts'

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

it('a ledger of an earlier version is read, but not from under a gateway of that version', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  const database = openDatabase(path.join(home, 'ledger.sqlite'))
  for (const sql of [migration001, migration002, migration003, migration004]) database.exec(sql)
  database.exec('PRAGMA user_version = 4')
  database.exec(readFileSync(path.join(import.meta.dirname, '../fixtures/ledger/ledger-4.sql'), 'utf8'))
  database.close()
  const lock = lockHome(path.join(home, 'gateway.lock'))
  const refused = await runCli(home, ['calls', '--json'])
  expect(refused.code).toBe(1)
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'ledger-unavailable' } })
  lock.release()
  const calls = await runCli(home, ['calls', '--json'])
  expect(calls.stdout.trim().split('\n')).toHaveLength(11)
  rmSync(home, { recursive: true, force: true })
})
