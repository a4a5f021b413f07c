import type { ProcessFacts } from '../../../../shared/calls/attribution.ts'
import { agentByCommand } from './agent-names.ts'
import type { AttributionAnswer, Attributor } from './attributor.ts'
import { programName } from './safe-command.ts'

const TEST_RUNNERS = new Set(
  `pytest py.test vitest jest mocha _mocha ava tap karma cypress playwright jasmine wdio tox nox unittest nose2 behave
   rspec phpunit pest ctest gotestsum cargo-nextest`.split(/\s+/),
)

// `go test`, `npm test`, `npm run test:unit`, `python -m pytest`: the runner is the second word or the third.
const TEST_COMMAND =
  /^(?:(?:npm|pnpm|yarn|bun)(?: run)? (?:test|t)(?:[:.-]\S*)?|(?:go|cargo|deno|dotnet|swift|zig|mix|gradle|gradlew|mvn|make|flutter|dart) test|cargo nextest|node --test)$/

/** What the process at the other end of the socket shows: where it works, what it is, and what started it. */
export const byProcess: Attributor = {
  name: 'process',
  answer({ process, repository }) {
    const shown = process ? shownBy(process) : null
    return {
      project: repository?.project ?? null,
      branch: repository?.branch ?? null,
      process,
      agent: shown?.agent ?? null,
      parentAgent: shown?.parentAgent ?? null,
      environment: shown?.environment ?? null,
    }
  },
}

type Shown = Pick<AttributionAnswer, 'agent' | 'parentAgent' | 'environment'>

/** What a process shows does not change, and it makes many calls: looked at once for as long as its facts are kept. */
const known = new WeakMap<ProcessFacts, Shown>()

function shownBy(process: ProcessFacts): Shown {
  const before = known.get(process)
  if (before) return before
  const agent = agentOf(process.command)
  const shown: Shown = {
    agent,
    parentAgent: agentsAbove(process).find((above) => above !== agent) ?? null,
    environment: isTestRun(process) ? 'test' : null,
  }
  known.set(process, shown)
  return shown
}

function isTestRun(process: ProcessFacts): boolean {
  return [process.command, ...process.parents].some((text) => {
    const name = programName(text.split(' '))
    return (
      TEST_RUNNERS.has(name.split(' ')[0]?.toLowerCase() ?? '') || TEST_COMMAND.test(name) || TEST_COMMAND.test(text)
    )
  })
}

/** Agents among the ancestors, nearest first: a script that an agent runs is charged as its child. */
function agentsAbove(process: ProcessFacts): string[] {
  return process.parents.map(agentOf).filter((agent) => agent !== null)
}

function agentOf(command: string): string | null {
  return agentByCommand(programName(command.split(' ')))
}
