import type { Command } from 'commander'
import { commandLine } from '../../../shared/values/command-line.ts'

/** What `help VERB` shows below its flags: command lines that run as they stand, each with what it is for. */
const EXAMPLES: Record<string, readonly [command: string, does: string][]> = {
  cap: [
    ['cap 5', 'no more than $5.00 a day'],
    ['cap 20 --per week --project web', 'no more than $20.00 a week in one project'],
    ['cap 2 --each session --action ask', 'a question before any session costs more than $2.00 a day'],
    ['cap 10 --warn 50,80,95 --dry-run', 'what that cap would have done in the last 30 days'],
    ['cap undo', 'undoes the last change'],
  ],
  guard: [
    ['guard on loop', 'asks before an agent that goes in circles continues'],
    ['guard --min-left 2.00', 'for scripts: exit code 0 if $2.00 is left'],
  ],
  run: [
    ['run -- npm test', 'one command, metered'],
    ['run --project web -- claude', 'an agent, charged to a project'],
  ],
  env: [['env --shell fish', 'the lines for another shell']],
  serve: [
    ['serve --policy policy.json', 'with the caps in a file'],
    ['serve --ephemeral --json', 'for a test run'],
  ],
  spend: [
    ['spend --by model --since 7d', 'a week by model'],
    ['spend --by day --since 30d', 'a month, day by day'],
    ['spend --by project --what-if gpt-5-mini', 'the same tokens on a cheaper model'],
  ],
  calls: [
    ['calls --follow', 'each call as it happens'],
    ['calls --since today --json', 'today, a record a line'],
  ],
  why: [['why --spike', 'the steepest rise of the last day']],
  raise: [
    ['raise 2.50 --reason "release day"', 'more on the tightest cap'],
    ['raise 1 --rule daily --for 2h --reason "demo"', 'on one cap, for two hours'],
  ],
  policy: [
    ['policy check policy.json --replay 30d', 'what its rules would have done recently'],
    ['policy diff old.json new.json', 'what changes, in sentences'],
  ],
  completion: [['completion bash', 'in ~/.bashrc: source <(allowance completion bash)']],
  path: [['path --yes', 'makes the link without asking']],
}

/** Adds them to every verb that has some. */
export function addExamples(program: Command): void {
  for (const command of program.commands) {
    const examples = EXAMPLES[command.name()]
    if (!examples) continue
    command.addHelpText('after', () => {
      const lines = examples.map(([words, does]) => [commandLine(words), does] as const)
      const width = Math.max(...lines.map(([line]) => line.length))
      return `\nExamples:\n${lines.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`).join('\n')}`
    })
  }
}

/** The names of the verbs that have examples, so that a test can hold them against the verbs that there are. */
export const VERBS_WITH_EXAMPLES = Object.keys(EXAMPLES)
export const EXAMPLE_LINES = Object.values(EXAMPLES).flatMap((examples) => examples.map(([words]) => words))
