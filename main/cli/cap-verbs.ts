import type { Command } from 'commander'
import type { Io } from './command.ts'
import { SCOPE_OPTIONS } from './cap-options.ts'

const collect = (value: string, before: string[] = []) => [...before, value]

/** The verbs by which a person sets limits without writing JSON. */
export function bindCapVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const load = () => import('./commands/cap.ts')
  const cap = program
    .command('cap')
    .enablePositionalOptions()
    .description('sets a cap of your own, in force with the next call; without an amount lists what holds')
    .argument('[amount]', 'dollars, such as 5 or 2.50')
    .option('--per <period>', 'hour, day, week, month, or a duration such as "10 minutes" (day)')
  for (const name of SCOPE_OPTIONS)
    cap.option(
      `--${name} <name>`,
      `only calls with this ${name}; may be repeated, and * stands for any characters`,
      collect,
    )
  cap
    .option('--tag <name=value>', 'only calls with this tag; may be repeated', collect)
    .option('--each <dimension>', 'one such cap for each session, project, branch, agent …')
    .option('--warn <percentages>', 'warns at these shares of it, such as 50,80,95')
    .option('--action <action>', 'what happens beyond it: deny, ask, throttle or warn (deny)')
    .option('--name <name>', 'what it is called (made from the rest)')
    .option('--dry-run', 'says what it would do, and sets nothing')
    .option('--json')
    .action(async (amount: string | undefined, options) =>
      onCode(
        await (amount === undefined ? (await load()).capList(options, io) : (await load()).capSet(amount, options, io)),
      ),
    )
  cap
    .command('list')
    .description('every rule in force, and whose it is')
    .option('--json')
    .action(async (options) => onCode(await (await load()).capList(options, io)))
  cap
    .command('remove <name>')
    .description('removes one of your own')
    .option('--json')
    .action(async (name: string, options) => onCode(await (await load()).capRemove(name, options, io)))
  cap
    .command('undo')
    .description('takes the last change back; again, the one before')
    .option('--json')
    .action(async (options) => onCode(await (await load()).capUndo(options, io)))
}

export function bindGuardVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const load = () => import('./commands/guard.ts')
  const guard = program
    .command('guard')
    .enablePositionalOptions()
    .description('switches the loop and retry-storm guards; for scripts: exit code 0 if --min-left is left, 1 if not')
    .option('--min-left <dollars>', 'how much has to be left')
    .option('--fail-open', 'exit code 0 where no gateway is running')
    .option('--environment <name>', 'dev, test or ci, for budgets of one of them')
    .option('--project <name>')
    .option('--session <id>')
    .option('--json')
    .action(async (options) => onCode(await (await load()).guard(options, io)))
  for (const word of ['on', 'off'] as const) {
    const command = guard
      .command(`${word} <guard>`)
      .description(word === 'on' ? 'loop or retry-storm: asks before such a call goes on' : 'no longer looks for it')
      .option('--json')
    if (word === 'on') command.option('--action <action>', 'ask, deny, throttle or warn (ask)')
    command.action(async (name: string, options) => onCode(await (await load()).guardSwitch(word, name, options, io)))
  }
}
