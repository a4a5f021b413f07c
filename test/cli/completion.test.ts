import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { COMPLETED_SHELLS } from '../../main/cli/support/completion-script.ts'
import { buildProgram } from '../../main/cli/program.ts'
import { runCli } from '../support/gateway/cli.ts'

const scriptOf = async (shell: string) => (await runCli('/nowhere', ['completion', shell])).stdout
const has = (shell: string) => {
  try {
    execFileSync(shell, ['-c', 'true'])
    return true
  } catch {
    return false
  }
}

describe('completion', () => {
  /** What bash offers behind these words, of which the last is being typed. */
  const offered = async (...words: string[]) => {
    const line = ['allowance', ...words].map((word) => `'${word}'`).join(' ')
    const asked = `${await scriptOf('bash')}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _allowance; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', asked], { encoding: 'utf8' }).split('\n').filter(Boolean)
  }

  test('offers the verbs that begin so, and the verbs and flags of the place where one is', async () => {
    expect((await offered('ca')).sort()).toEqual(['ca', 'calls', 'cap'])
    expect(await offered('cap', 'u')).toEqual(['undo'])
    expect(await offered('cap', '5', '--pro')).toEqual(['--project', '--provider'])
    expect(await offered('policy', 'diff', '--')).toEqual(['--json'])
    expect(await offered('guard', 'o')).toEqual(['on', 'off'])
  })
  test.each(COMPLETED_SHELLS)('%s gets every verb, and a script that it can read', async (shell) => {
    const script = await scriptOf(shell)
    for (const name of buildNames()) expect(script).toContain(name)
    if (has(shell)) execFileSync(shell, ['-n'], { input: script })
  })

  test('another shell is a mistake of usage', async () => {
    expect(await runCli('/nowhere', ['completion', 'cmd'])).toMatchObject({ code: 2 })
  })
})

function buildNames(): string[] {
  const io = { columns: 80, stdout: () => {} } as unknown as Parameters<typeof buildProgram>[0]
  return buildProgram(io, () => {}).commands.map((command) => command.name())
}
