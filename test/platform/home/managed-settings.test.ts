import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManagedSettings } from '../../../main/platform/home/managed-settings.ts'
import { readSettings } from '../../../main/platform/home/settings-file.ts'
import { createSettingsKeeper } from '../../../main/platform/home/settings-keeper.ts'

const KEY = { kty: 'OKP', crv: 'Ed25519', x: 'company' }
const MANAGED = {
  policy: { url: 'https://policy.acme.dev/{developer}', keys: [KEY], onFirstFetch: 'closed' },
  rules: [{ id: 'floor', guard: 'spend-cap', limitUsd: '20.00', per: 'day' }],
  hooks: [{ on: ['shadow-ai'], url: 'https://ops.acme.dev/hook' }],
}
const OWN = {
  policy: { url: 'https://elsewhere.test/', keys: [], audience: 'nobody', onFirstFetch: 'open' },
  rules: [{ id: 'mine', guard: 'spend-cap', limitUsd: '5.00', per: 'day' }],
  port: 5000,
}

let folder: string
let file: string
let place: string
const owner = process.getuid?.() ?? 0
const managed = () => readManagedSettings([path.join(folder, 'not-there.json'), place], owner)
const settings = (env: Record<string, string> = {}, flags = {}) =>
  readSettings({ file, env, flags, cwd: folder, managed: managed() })

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-managed-'))
  file = path.join(folder, 'settings.json')
  place = path.join(folder, 'managed.json')
  writeFileSync(place, JSON.stringify(MANAGED), { mode: 0o644 })
  writeFileSync(file, JSON.stringify(OWN))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('what an administrator has installed', () => {
  test('stands over the file, the environment and the flags, each key as a whole', () => {
    const env = { ALLOWANCE_POLICY: 'https://other.test/', ALLOWANCE_POLICY_KEYS: '[]', ALLOWANCE_POLICY_AUDIENCE: 'x' }
    const { policy, port } = settings(env, { policy: { url: 'https://flag.test/' } })
    expect(policy).toMatchObject({ ...MANAGED.policy, audience: null })
    expect(port).toBe(5000)
  })

  test("rules and hooks are added to the developer's own", () => {
    expect(settings().rules.map(({ id }) => id)).toEqual(['floor', 'mine'])
    expect(settings({ ALLOWANCE_RULES: '[]', ALLOWANCE_HOOKS: '[]' })).toMatchObject({
      rules: [{ id: 'floor' }],
      hooks: [{ on: ['shadow-ai'] }],
    })
  })

  test('a developer cannot change it in the window, and is shown whose it is', () => {
    const keeper = createSettingsKeeper({ file, env: {}, running: settings(), managed: managed() })
    expect(() => keeper.set('policy.onFirstFetch', 'open')).toThrow(/set by the administrator/)
    const shown = new Map(keeper.view().settings.map((setting) => [setting.key, setting]))
    expect(shown.get('policy.url')).toMatchObject({ source: 'managed', value: MANAGED.policy.url, isPending: false })
    expect(shown.get('port')).toMatchObject({ source: 'file', value: 5000 })
    keeper.set('port', 5001)
  })

  test.skipIf(process.platform === 'win32')('is refused where somebody else could have written it', () => {
    chmodSync(place, 0o666)
    expect(settings).toThrow(/has to belong to root/)
    chmodSync(place, 0o644)
    expect(() => readManagedSettings([place], owner + 1)).toThrow(/has to belong to root/)
  })

  test('is refused where it is broken: the machine must not run without it unnoticed', () => {
    writeFileSync(place, '{"policy":')
    expect(settings).toThrow(/managed\.json cannot be used/)
    writeFileSync(place, '{"polcy": {}}')
    expect(settings).toThrow(/managed\.json: polcy: unknown key.*did you mean "policy"/)
  })

  test('is nothing where nothing is installed', () => {
    rmSync(place)
    expect(managed()).toBeNull()
    expect(settings().policy.url).toBe('https://elsewhere.test/')
  })
})
