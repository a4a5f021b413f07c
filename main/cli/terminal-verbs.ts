import { type Command, Option } from 'commander'
import { environmentSchema } from '../../shared/calls/attribution.ts'
import type { Io } from './support/command.ts'

const collect = (value: string, before: string[] = []) => [...before, value]
const mode = () =>
  new Option('--mode <mode>', 'how traffic reaches the gateway').choices(['connect', 'base-url', 'both'])
const shell = () =>
  new Option('--shell <name>', 'which shell the lines are for').choices([
    'bash',
    'zsh',
    'fish',
    'pwsh',
    'cmd',
    'dotenv',
    'json',
  ])

/** The verbs that set up a terminal or a command. */
export function bindTerminalVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  withTags(program.command('run <command...>'))
    .description('runs a command with its model traffic going through the gateway')
    .usage('[options] -- <command...>')
    .addOption(mode())
    .passThroughOptions()
    .action(async (command: string[], options) =>
      onCode(await (await import('./commands/setup/run.ts')).run({ ...options, command }, io)),
    )
  withTags(program.command('env'))
    .description('prints the lines that point a terminal at the gateway')
    .addOption(mode())
    .addOption(shell())
    .option('--json', 'the same as --shell json')
    .option('--file <file>', 'a file with tags')
    .option('--host <name>', 'what a container calls this machine, such as host.docker.internal')
    .action(async (options) => onCode(await (await import('./commands/setup/env.ts')).env(options, io)))
  program
    .command('off')
    .description('prints the lines that undo `env`')
    .addOption(shell())
    .option('--json', 'the same as --shell json')
    .action(async (options) => onCode(await (await import('./commands/setup/off.ts')).off(options, io)))
  program
    .command('hook <shell>')
    .description('prints a hook that points each directory at the gateway with its own tags')
    .option('--json')
    .action(async (name: string, options) =>
      onCode(await (await import('./commands/setup/hook.ts')).hook({ ...options, shell: name }, io)),
    )
  const authority = program.command('ca').description('the certificate authority of this machine')
  for (const [action, description] of AUTHORITY_ACTIONS) {
    authority
      .command(action, action === 'show' ? { isDefault: true } : {})
      .description(description)
      .option('--json')
      .action(async (options) => onCode(await (await import('./commands/setup/ca.ts')).ca({ ...options, action }, io)))
  }
  program
    .command('doctor')
    .description('tries every way through the gateway and says what is wrong and how to fix it')
    .option('--explain', 'says what each check is for')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/setup/doctor.ts')).doctor(options, io)))
  program
    .command('path')
    .description('links the command line into ~/.local/bin, once you agree')
    .option('--yes', 'agrees')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/setup/path.ts')).linkPath(options, io)))
  program
    .command('completion <shell>')
    .description('prints the script that completes verbs and flags: bash, zsh or fish')
    .option('--json')
    .action(async (shell: string, options) =>
      onCode(await (await import('./commands/setup/completion.ts')).completion(shell, options, program, io)),
    )
  program
    .command('import')
    .description(
      'history from the session files of Claude Code and Codex: tokens only, shown in reports, counted by no cap',
    )
    .option('--dry-run', 'only says what it would add')
    .option('--remove', 'forgets all that was imported')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/setup/import.ts')).importVerb(options, io)))
  program
    .command('uninstall')
    .description('stops the gateway and removes all that Allowance keeps on this machine')
    .option('--purge', 'confirms it: the home is deleted, including the ledger')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/setup/uninstall.ts')).uninstall(options, io)))
}

const AUTHORITY_ACTIONS = [
  ['show', 'what it may sign, and until when'],
  ['rotate', 'replaces it with a new one'],
  ['trust', "adds it to the system's trust store"],
  ['untrust', "removes it from the system's trust store"],
] as const

function withTags(command: Command): Command {
  return command
    .option('--project <name>')
    .option('--session <id>')
    .addOption(new Option('--environment <name>', 'what the calls are for').choices(environmentSchema.options))
    .addOption(new Option('--env <name>', 'the same').choices(environmentSchema.options))
    .option('--tag <name=value>', 'any other tag; may be repeated', collect)
    .hook('preAction', (_, action) => {
      const { env, environment } = action.opts<{ env?: string; environment?: string }>()
      if (env !== undefined && environment === undefined) action.setOptionValue('environment', env)
    })
}
