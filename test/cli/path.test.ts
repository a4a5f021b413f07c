import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkPath } from '../../main/cli/commands/setup/path.ts'
import type { Io } from '../../main/cli/support/command.ts'
import { runCli } from '../support/gateway/cli.ts'

let home: string
let link: string
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-path-'))
  link = path.join(home, '.local', 'bin', 'allowance')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))
const ours = realpathSync('bin/allowance.mjs')

test('links us once somebody agrees, and says how to put the folder on the PATH', async () => {
  expect(await runCli(home, ['path'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing was changed'),
  })
  expect(existsSync(link)).toBe(false)
  const made = await runCli(home, ['path', '--yes'], { SHELL: '/usr/bin/zsh', PATH: '/usr/bin' })
  expect(made).toMatchObject({ code: 0 })
  expect(made.stdout).toContain('into ~/.zshrc:\nexport PATH="$HOME/.local/bin:$PATH"\n')
  expect(realpathSync(link)).toBe(ours)
  const again = await runCli(home, ['path', '--json'], { PATH: path.dirname(link) })
  expect(JSON.parse(again.stdout)).toEqual({ schema: 1, ok: true, file: link, onPath: true, line: null })
})

test.each([
  ['y', 0],
  ['no', 1],
  ['', 1],
])('asks a person: "%s"', async (word, code) => {
  const io = { env: { HOME: home, PATH: '' }, platform: 'linux', isTTY: true, stdout: () => {}, stderr: () => {} }
  expect(await linkPath({ ask: () => Promise.resolve(word) }, io as unknown as Io)).toBe(code)
  expect(existsSync(link)).toBe(code === 0)
})

test('leaves alone what is not ours', async () => {
  mkdirSync(path.dirname(link), { recursive: true })
  writeFileSync(link, 'theirs')
  expect(await runCli(home, ['path', '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('left alone'),
  })
  expect(readFileSync(link, 'utf8')).toBe('theirs')
  await runCli(home, ['uninstall', '--purge'], { ALLOWANCE_HOME: path.join(home, 'data') })
  expect(readFileSync(link, 'utf8')).toBe('theirs')
})

test('takes over the link of an installation that is gone, and uninstall takes ours away', async () => {
  mkdirSync(path.dirname(link), { recursive: true })
  symlinkSync('/opt/gone/bin/allowance.mjs', link)
  expect(await runCli(home, ['path', '--yes'])).toMatchObject({ code: 0 })
  expect(realpathSync(link)).toBe(ours)
  await runCli(home, ['uninstall', '--purge'], { ALLOWANCE_HOME: path.join(home, 'data') })
  expect(() => lstatSync(link)).toThrow('ENOENT')
})
