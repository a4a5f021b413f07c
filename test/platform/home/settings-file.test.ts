import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { readSettings, updateSettings } from '../../../main/platform/home/settings-file.ts'
import { SETTING_VARIABLES } from '../../../main/platform/home/settings-from-env.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  file = path.join(folder, 'settings.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (document: unknown) => writeFileSync(file, JSON.stringify(document))
const read = (env: Record<string, string> = {}, flags = {}) => readSettings({ file, env, flags, cwd: '/code' })
const errorOf = (action: () => unknown): Error => {
  try {
    action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('docs/settings.md', () => {
  const rows = readFileSync('docs/settings.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))

  it('has a row for every setting and its variable, and no other', () => {
    const documented = rows.map((row) =>
      row
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
    const known = Object.entries(SETTING_VARIABLES).map(([name, { place }]) => [place.join('.'), name])
    expect(documented.sort()).toEqual(known.sort())
    // Every top-level key of the schema is reached by one of them.
    expect(new Set(known.map(([place]) => place?.split('.')[0]))).toEqual(new Set(Object.keys(settingsSchema.shape)))
  })
})

describe('settings', () => {
  it('have defaults for everything', () => {
    expect(read()).toMatchObject({
      port: 4141,
      controlPort: 4142,
      policy: { refreshSeconds: 60, onFirstFetch: 'open' },
    })
  })

  it('come from flags over variables over the file', () => {
    write({ port: 1, controlPort: 2, developer: 'file', policy: { audience: 'a', url: 'https://file.test/p' } })
    expect(read({ ALLOWANCE_CONTROL_PORT: '20', ALLOWANCE_DEVELOPER: 'env' }, { developer: 'flag' })).toMatchObject({
      port: 1,
      controlPort: 20,
      developer: 'flag',
      policy: { audience: 'a', url: 'https://file.test/p' },
    })
  })

  it('take upstreams as JSON and a policy from the environment', () => {
    const env = { ALLOWANCE_UPSTREAMS: '{"openai":"http://127.0.0.1:9000"}', ALLOWANCE_POLICY: 'rules/policy.json' }
    expect(read(env)).toMatchObject({
      upstreams: { openai: 'http://127.0.0.1:9000' },
      policy: { url: '/code/rules/policy.json' },
    })
  })

  it('name the provider that was meant where an upstream has none', () => {
    write({ providers: { acme: { origin: 'https://llm.acme.dev' } }, upstreams: { acme: 'http://127.0.0.1:1' } })
    expect(read().upstreams).toEqual({ acme: 'http://127.0.0.1:1' })
    expect(errorOf(() => read({ ALLOWANCE_UPSTREAMS: '{"openia":"http://127.0.0.1:1"}' })).message).toContain(
      'upstreams.openia: unknown provider; did you mean "openai"?',
    )
  })

  it('may begin with a byte order mark', () => {
    writeFileSync(file, '\uFEFF{"port":1}')
    expect(read().port).toBe(1)
  })

  it('name the nearest name for a mistyped key, also inside', () => {
    write({ contolPort: 1, policy: { refreshSecond: 5 } })
    const { message } = errorOf(() => read())
    expect(message).toContain('contolPort: unknown key; did you mean "controlPort"?')
    expect(message).toContain('policy.refreshSecond: unknown key; did you mean "refreshSeconds"?')
  })

  it('check the own rules as a policy is checked', () => {
    write({ rules: [{ id: 'mine', guard: 'spend-cap', limitUSD: '5.00', per: 'day' }] })
    expect(errorOf(() => read()).message).toContain('rules[0].limitUSD: unknown key; did you mean "limitUsd"?')
  })

  it.each([
    [{ ALLOWANCE_PORT: 'many' }, 'ALLOWANCE_PORT: not a whole number'],
    [{ ALLOWANCE_UPSTREAMS: '{' }, 'ALLOWANCE_UPSTREAMS: '],
    [{ ALLOWANCE_UPSTREAMS: '{"openai":"nowhere"}' }, 'upstreams.openai: '],
    [{ ALLOWANCE_TIMEZONE: 'Paris' }, '"Paris" is not an IANA time zone'],
  ])('refuse %j', (env, message) => {
    expect(errorOf(() => read(env))).toMatchObject({
      code: 'settings-invalid',
      message: expect.stringContaining(message),
    })
  })

  it('say where the file is no JSON', () => {
    writeFileSync(file, '{')
    expect(errorOf(() => read())).toMatchObject({ code: 'settings-invalid', message: expect.stringContaining(file) })
  })

  it('are changed one at a time, and never to something invalid', () => {
    write({ port: 5, policy: { audience: 'a' } })
    updateSettings(file, { policy: { url: 'https://x.test/' } })
    expect(read()).toMatchObject({ port: 5, policy: { audience: 'a', url: 'https://x.test/' } })
    expect(errorOf(() => updateSettings(file, { port: -1 }))).toMatchObject({ code: 'settings-invalid' })
    expect(read().port).toBe(5)
  })
})
