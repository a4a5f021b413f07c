import { Command } from 'commander'
import { versionAndBuild } from '../platform/system/product-version.ts'
import { bindCapVerbs, bindGuardVerbs } from './cap-verbs.ts'
import type { Io } from './support/command.ts'
import { addExamples } from './support/examples.ts'
import { bindTerminalVerbs } from './terminal-verbs.ts'

/** The words and flags of the command line. Each verb's own file is loaded when the verb is used. */
export function buildProgram(io: Io, onCode: (code: number) => void): Command {
  const program = new Command('allowance')
    .description('Personal caps for language model spend.')
    .version(versionAndBuild(), '-V, --version')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.stdout, writeErr: () => {}, getOutHelpWidth: () => Math.min(io.columns, 110) })
    .showHelpAfterError(false)
  bindServe(program, io, onCode)
  bindTerminalVerbs(program, io, onCode)
  bindReadingVerbs(program, io, onCode)
  bindCapVerbs(program, io, onCode)
  bindGuardVerbs(program, io, onCode)
  bindAskingVerbs(program, io, onCode)
  bindWhy(program, io, onCode)
  bindPolicyVerbs(program, io, onCode)
  bindPriceVerbs(program, io, onCode)
  program.command('statusline').description("one line for an agent's status bar; reads the agent's JSON on stdin")
  addExamples(program)
  return program
}

function bindServe(program: Command, io: Io, onCode: (code: number) => void): void {
  program
    .command('serve')
    .description('runs the gateway in the foreground, without a window')
    .option('--port <number>', 'port of the proxy (4141; 0 takes a free one)')
    .option('--control-port <number>', 'port of the control API and the dashboard (4142)')
    .option('--listen <address>', 'address of the proxy; any other than loopback requires the proxy token')
    .option('--home <folder>', 'where everything is kept')
    .option('--policy <url>', 'URL or file of the policy')
    .option('--ephemeral', 'a temporary home, removed at exit')
    .option('--json', 'prints one line of JSON when it is ready')
    .action(async (options) => onCode(await (await import('./commands/control/serve.ts')).serve(options, io)))
}

function bindAskingVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  program
    .command('dashboard')
    .description('prints a link that opens the dashboard in a browser tab, once')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/view/dashboard.ts')).dashboard(options, io)))
  program
    .command('raise <amount>')
    .description('asks for more today, within what the policy allows')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--rule <id>', 'which budget (the tightest)')
    .option('--for <duration>', 'for how long, such as 2h (to the end of the window)')
    .option('--json')
    .action(async (amount: string, options) =>
      onCode(await (await import('./commands/control/raise.ts')).raise(amount, options, io)),
    )
  program
    .command('answer <call> <answer>')
    .description('answers a call that is held with a question: once, 30m or stop')
    .option('--json')
    .action(async (call: string, word: string, options) =>
      onCode(await (await import('./commands/control/answer.ts')).answer(call, word, options, io)),
    )
  for (const verb of ['pause', 'resume'] as const) {
    program
      .command(`${verb} [session]`)
      .description(verb === 'pause' ? 'refuses calls: all, or those of one session' : 'lets them through again')
      .option('--json')
      .action(async (session: string | undefined, options) =>
        onCode(await (await import('./commands/control/pause.ts')).pauseOrResume(verb, session, options, io)),
      )
  }
  program
    .command('kill-switch <on|off>')
    .description('refuses every call and ends the streams that run')
    .option('--json')
    .action(async (word: string, options) =>
      onCode(await (await import('./commands/control/kill-switch.ts')).killSwitch(word, options, io)),
    )
}

function bindReadingVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  program
    .command('status')
    .description('today: spent, held, left, pace, live conversations')
    .option('--watch', 'keeps it on screen, up to date')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/view/status.ts')).status(options, io)))
  program
    .command('spend')
    .description('where the money went')
    .option(
      '--by <dimension>',
      'developer, project, branch, session, agent, process, model, provider, environment, kind, key, hour, day, week, month or tag:NAME',
    )
    .option(
      '--since <time>',
      'today, yesterday, 24h, 7d, a date or a time (today; by day, week or month: 30 days, 12 weeks, a year)',
    )
    .option('--until <time>', 'the same (now)')
    .option('--no-imported', 'leaves out history from session files')
    .option('--what-if <model>', 'what the same tokens would have cost on another model')
    .option('--csv')
    .option('--focus', 'CSV in the FOCUS format of the FinOps Foundation')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/view/spend.ts')).spend(options, io)))
  program
    .command('reconcile')
    .description("the ledger against the provider's own usage and cost API")
    .option('--since <time>', '7d, a date or a time (7d)')
    .option('--json')
    .action(async (options) => onCode(await (await import('./commands/view/reconcile.ts')).reconcile(options, io)))
  program
    .command('calls')
    .description('calls, newest last')
    .option('--follow', 'keeps printing a line for each change')
    .option('--since <time>', 'today, 24h, 7d, a date or a time')
    .option('--limit <number>', 'how many (20, or all of a time)')
    .option('--json', 'one record a line')
    .action(async (options) => onCode(await (await import('./commands/view/calls.ts')).calls(options, io)))
  program
    .command('audit')
    .description('raises, pauses, answers and policies, oldest first')
    .option('--since <time>', 'today, 24h, 7d, a date or a time (30d)')
    .option('--json', 'one entry a line')
    .action(async (options) => onCode(await (await import('./commands/view/audit.ts')).audit(options, io)))
}

function bindPriceVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const load = () => import('./commands/view/prices.ts')
  const prices = program.command('prices').description('the list prices in force')
  prices
    .command('show', { isDefault: true })
    .description('which prices hold, and where they came from')
    .option('--json')
    .action(async (options) => onCode(await (await load()).pricesShow(options, io)))
  prices
    .command('refresh')
    .description('fetches newer ones now ("pricesUrl" in the settings)')
    .option('--json')
    .action(async (options) => onCode(await (await load()).pricesRefresh(options, io)))
}

function bindWhy(program: Command, io: Io, onCode: (code: number) => void): void {
  program
    .command('why [call]')
    .description('traces a call, or the steepest rise of spend, to who and what caused it')
    .option('--spike', 'the steepest rise of the last day (the default)')
    .option('--since <time>', 'where to look for it: today, 24h, 7d, a date or a time')
    .option('--until <time>', 'the same (now)')
    .option('--json')
    .action(async (call: string | undefined, options) =>
      onCode(await (await import('./commands/view/why.ts')).why(call, options, io)),
    )
}

function bindPolicyVerbs(program: Command, io: Io, onCode: (code: number) => void): void {
  const load = () => import('./commands/control/policy.ts')
  const policy = program.command('policy').description('the rules in force')
  policy
    .command('show', { isDefault: true })
    .description('what holds, and where it came from')
    .option('--json')
    .action(async (options) => onCode(await (await load()).policyShow(options, io)))
  policy
    .command('check <file>')
    .description('checks a file and explains its rules')
    .option('--replay <duration>', 'what they would have done with the calls of this time, such as 30d')
    .option('--json')
    .action(async (file: string, options) => onCode(await (await load()).policyCheck(file, options, io)))
  policy
    .command('diff <old> <new>')
    .description('what changes between two policy files, in sentences')
    .option('--json')
    .action(async (before: string, after: string, options) =>
      onCode(await (await load()).policyDiffVerb(before, after, options, io)),
    )
  policy
    .command('refresh')
    .description('fetches it from its source now')
    .option('--json')
    .action(async (options) => onCode(await (await load()).policyRefresh(options, io)))
  policy
    .command('trust-hosts [hosts...]')
    .description('agrees to hosts named by a remote policy: their traffic is decrypted and metered from then on')
    .option('--all', 'all that are waiting')
    .option('--json')
    .action(async (hosts: string[], options) =>
      onCode(await (await import('./commands/setup/trust-hosts.ts')).trustHosts(hosts, options, io)),
    )
  policy
    .command('keygen')
    .description('makes a pair of keys to sign policies with')
    .option('--kid <name>', "the key's name (today's date)")
    .option('--out <file>', 'where the private key goes')
    .option('--json')
    .action(async (options) => onCode(await (await load()).policyKeygen(options, io)))
  policy
    .command('sign <file>')
    .description('prints the signed policy')
    .requiredOption('--key <file>', 'the private key')
    .option('--json')
    .action(async (file: string, options) => onCode(await (await load()).policySign(file, options, io)))
  program
    .command('enroll <url>')
    .description('says who you are for the policy, and where it is')
    .option('--developer <id>', 'such as ada@acme.dev')
    .option('--audience <name>', 'accept only policies made for it')
    .option('--json')
    .action(async (url: string, options) =>
      onCode(await (await import('./commands/setup/enroll.ts')).enroll(url, options, io)),
    )
}
