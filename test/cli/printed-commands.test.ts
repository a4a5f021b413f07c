import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXAMPLE_LINES, VERBS_WITH_EXAMPLES } from '../../main/cli/support/examples.ts'
import { buildProgram } from '../../main/cli/program.ts'
import { runCli } from '../support/gateway/cli.ts'
import { readSourceTree } from '../support/source-tree.ts'

const io = { columns: 80, stdout: () => {} } as unknown as Parameters<typeof buildProgram>[0]
const program = buildProgram(io, () => {})
const verbs = program.commands.map((command) => command.name())

/** A command that is written out in a text would not run where nothing has put us on the PATH. */
function writtenOut(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
  return code.match(new RegExp(`\\ballowance (?:${verbs.join('|')})\\b`, 'g')) ?? []
}

test('every command that is printed is made by one function', () => {
  expect(writtenOut("const fix = 'allowance serve'")).toEqual(['allowance serve'])
  const found = readSourceTree('main', 'renderer', 'shared')
    .filter(({ path }) => !ALLOWED.includes(path))
    .flatMap(({ path }) => writtenOut(readFileSync(path, 'utf8')).map((command) => `${path}: ${command}`))
  expect(found).toEqual([])
})

/** What is no command to be run as it stands: the status line's word for "off", a prompt, what goes into an rc file. */
const ALLOWED = [
  'main/cli/commands/view/statusline-text.ts',
  'main/cli/doctor/round-trips.ts',
  'main/cli/support/completion-script.ts',
  'main/cli/support/examples.ts',
]

test('every example names a verb and flags that there are', () => {
  expect(VERBS_WITH_EXAMPLES.filter((name) => !verbs.includes(name))).toEqual([])
  for (const line of EXAMPLE_LINES) {
    const [name = '', second = ''] = line.split(' ')
    const verb = program.commands.find((command) => command.name() === name)
    const command = verb?.commands.find((one) => one.name() === second) ?? verb
    const ours = line.split(' -- ')[0] ?? ''
    for (const flag of ours.match(/--[a-z-]+/g) ?? [])
      expect(
        command?.options.map(({ long }) => long),
        line,
      ).toContain(flag)
  }
})

test('help of a verb ends with its examples', async () => {
  const { stdout } = await runCli('/nowhere', ['help', 'cap'])
  expect(stdout).toMatch(/Examples:\n {2}allowance cap 5 +no more than \$5\.00 a day\n/)
})
