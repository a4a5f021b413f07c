import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSettings } from '../../../main/platform/home/settings-file.ts'
import { createSettingsKeeper } from '../../../main/platform/home/settings-keeper.ts'

let home: string
let file: string
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-settings-'))
  file = path.join(home, 'settings.json')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const keeperOf = (env: Record<string, string> = {}, flags = {}) =>
  createSettingsKeeper({ file, env, running: readSettings({ file, env, flags, cwd: home }) })
const written = () => JSON.parse(readFileSync(file, 'utf8')) as unknown

test('says where each value comes from', () => {
  writeFileSync(file, JSON.stringify({ ledger: { keepDays: 90 } }))
  const { settings, needsRestart } = keeperOf({ ALLOWANCE_TIMEZONE: 'UTC' }, { port: 0 }).view()
  const one = (key: string) => settings.find((setting) => setting.key === key)
  expect(one('ledger.keepDays')).toMatchObject({ source: 'file', value: 90, default: 400, isPending: false })
  expect(one('timezone')).toMatchObject({ source: 'environment', value: 'UTC', variable: 'ALLOWANCE_TIMEZONE' })
  expect(one('port')).toMatchObject({ source: 'flag', value: 0 })
  expect(one('controlPort')).toMatchObject({ source: 'default', value: 4142 })
  expect(one('policy.url')).toMatchObject({ source: 'default', value: null })
  expect(needsRestart).toBe(false)
})

test('a change is written beside what is there, and waits for the next start', () => {
  writeFileSync(file, JSON.stringify({ port: 4199, policy: { refreshSeconds: 30 } }))
  const keeper = keeperOf()
  keeper.set('policy.url', 'https://policy.acme.dev/p.json')
  expect(written()).toEqual({ port: 4199, policy: { refreshSeconds: 30, url: 'https://policy.acme.dev/p.json' } })
  const setting = keeper.view().settings.find(({ key }) => key === 'policy.url')
  expect(setting).toMatchObject({ source: 'file', value: 'https://policy.acme.dev/p.json', isPending: true })
  expect(keeper.view().needsRestart).toBe(true)
})

test('taken out again, it is as if it never was', () => {
  const keeper = keeperOf()
  keeper.set('ledger.keepDays', 30)
  keeper.unset('ledger.keepDays')
  expect(written()).toEqual({})
  expect(keeper.view().needsRestart).toBe(false)
})

test.each([
  ['ledger.keepDays', -1, 'ledger.keepDays'],
  ['timezone', 'Mars/Olympus', 'IANA'],
  ['upstreams', { opnai: 'https://llm.acme.dev' }, 'did you mean "openai"?'],
  ['prices', [{ model: 'x' }], 'prices[0].inputUsdPerMillion'],
])('%s = %j is rejected, and nothing is written', (key, value, reason) => {
  writeFileSync(file, '{"port":4199}')
  expect(() => keeperOf().set(key, value)).toThrow(reason)
  expect(written()).toEqual({ port: 4199 })
})

test('what is no setting is named as such, with the nearest that is', () => {
  expect(() => keeperOf().set('timezones', 'UTC')).toThrow('no setting is named "timezones"')
  expect(() => keeperOf().set('__proto__.port', 1)).toThrow('no setting is named')
})
