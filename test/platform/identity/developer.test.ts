import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDeveloper } from '../../../main/platform/identity/developer.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'allowance-home-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('as enrolled, before all', async () => {
  writeFileSync(join(home, '.gitconfig'), '[user]\nemail = git@acme.dev\n')
  expect(await findDeveloper('ada@acme.dev', { HOME: home })).toEqual({ id: 'ada@acme.dev', source: 'enrolment' })
  expect(await findDeveloper('  ', { HOME: home })).toEqual({ id: 'git@acme.dev', source: 'git' })
})

test.each([
  ['[user]\n\temail = ada@acme.dev # work\n', 'ada@acme.dev'],
  ['[User]\n  Email="ada@acme.dev" ; x\n', 'ada@acme.dev'],
  ['[user] email = ada@acme.dev', 'ada@acme.dev'],
  ['[user]\nemail = one@acme.dev\n[core]\nemail = no@acme.dev\n[user]\nemail = two@acme.dev', 'two@acme.dev'],
])('git configuration %j', async (text, id) => {
  writeFileSync(join(home, '.gitconfig'), text)
  expect(await findDeveloper(null, { HOME: home })).toEqual({ id, source: 'git' })
})

test('included files, in their place, however they turn in circles', async () => {
  writeFileSync(join(home, '.gitconfig'), '[user]\nemail = first@acme.dev\n[include]\npath = ~/more\n')
  writeFileSync(join(home, 'more'), '[user]\nemail = included@acme.dev\n[include]\npath = more\n')
  expect((await findDeveloper(null, { HOME: home })).id).toBe('included@acme.dev')
})

test('the XDG file where there is no other, and the one that git is told to take', async () => {
  mkdirSync(join(home, '.config', 'git'), { recursive: true })
  writeFileSync(join(home, '.config', 'git', 'config'), '[user]\nemail = xdg@acme.dev\n')
  expect((await findDeveloper(null, { HOME: home })).id).toBe('xdg@acme.dev')
  writeFileSync(join(home, 'own'), '[user]\nemail = own@acme.dev\n')
  expect((await findDeveloper(null, { HOME: home, GIT_CONFIG_GLOBAL: join(home, 'own') })).id).toBe('own@acme.dev')
})

test("else the user's name", async () => {
  expect(await findDeveloper(null, { HOME: home })).toEqual({ id: userInfo().username, source: 'os' })
})
