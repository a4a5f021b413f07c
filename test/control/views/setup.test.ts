import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setupOf } from '../../../main/control/views/setup.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function install(...programs: string[]): void {
  for (const program of programs) {
    writeFileSync(path.join(folder, program), '#!/bin/sh\n')
    chmodSync(path.join(folder, program), 0o755)
  }
}

test('names the agents that are on the PATH, each with a line that begins with a command of this machine', () => {
  install('claude', 'aider')
  const { agents, command } = setupOf({ PATH: folder, SHELL: '/bin/zsh' }, 'linux')
  expect(agents).toEqual([
    { name: 'Claude Code', line: `${command} run -- claude` },
    { name: 'aider', line: `${command} run -- aider` },
  ])
  // Nothing has put us on this PATH: a bare `allowance` would not run.
  expect(command).toMatch(/bin\/allowance\.mjs'?$/)
})

test.each([
  ['/usr/bin/fish', 'fish', / env --shell fish \| source$/],
  ['/bin/bash', 'bash', /^eval "\$\(.* env --shell bash\)"$/],
  ['/bin/zsh', 'zsh', /^eval "\$\(.* env --shell zsh\)"$/],
  [undefined, 'sh', /^eval "\$\(.* env --shell bash\)"$/],
])('the shell %s is %s', (shell, name, line) => {
  const setup = setupOf({ PATH: folder, SHELL: shell }, 'linux')
  expect(setup.shell.name).toBe(name)
  expect(setup.shell.line).toMatch(line)
})
