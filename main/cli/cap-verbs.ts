import type { Command } from 'commander'
import type { Io } from './support/command.ts'

/** The verbs by which a person sets limits without writing JSON. */
export function bindCapVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const load = () => import('./commands/control/cap.ts')
  const cap = program
    .command('cap')
    .description('your own caps: no more than this a day')
    .argument('[amount]', 'dollars, such as 5 or 2.50; without one, lists your caps')
    .option('--per <period>', 'hour, day, week, month, or a duration such as "10 minutes" (day)')
    .option('--project <name>', 'only calls of this project; `*` stands for anything')
    .option('--environment <name>', 'only dev, test or ci')
    .option('--agent <name>')
    .option('--model <name>')
    .option('--provider <name>')
    .option('--branch <name>')
    .option('--each <dimension>', 'one such cap for each session, project, …')
    .option('--warn <percentages>', 'when to warn, such as 50,80,95 (80)')
    .option('--action <action>', 'what happens at the cap: deny, ask, throttle or warn (deny)')
    .option('--dry-run', 'only says what it would have done')
    .option('--json')
    .action(async (amount: string | undefined, options) =>
      onCode(
        await (amount === undefined ? (await load()).capList(options, io) : (await load()).cap(amount, options, io)),
      ),
    )
  cap
    .command('list')
    .description('lists them')
    .option('--json')
    .action(async (options) => onCode(await (await load()).capList(options, io)))
  cap
    .command('remove <name>')
    .description('removes one')
    .option('--json')
    .action(async (name: string, options) => onCode(await (await load()).capRemove(name, options, io)))
  cap
    .command('undo')
    .description('undoes the last change')
    .option('--json')
    .action(async (options) => onCode(await (await load()).capUndo(options, io)))
}

export function bindGuardVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const guard = program
    .command('guard')
    .enablePositionalOptions()
    .description('switches the loop and retry-storm guards; for scripts: exit code 0 if --min-left is left, 1 if not')
    .option('--min-left <dollars>', 'how much must be left')
    .option('--fail-open', 'exit code 0 where no gateway is running')
    .option('--environment <name>', 'dev, test or ci, for budgets of one of them')
    .option('--project <name>')
    .option('--session <id>')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/control/guard.ts')).guard(options, io)))
  for (const word of ['on', 'off'] as const)
    guard
      .command(`${word} <guard>`)
      .description(word === 'on' ? 'loop or retry-storm: asks before such a call continues' : 'stops asking')
      .option('--json')
      .action(async (name: string, options) =>
        onCode(await (await import('./commands/control/cap.ts')).guardSwitch(word, name, options, io)),
      )
}
