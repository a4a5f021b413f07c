import path from 'node:path'
import type { Setup } from '../../../shared/contract/setup.ts'
import { currentCommand, findOnPath } from '../../platform/home/own-command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Agents and tools that call models, by the program that starts them; each was tried with `allowance run`. */
const AGENTS: readonly (readonly [name: string, program: string])[] = [
  ['Claude Code', 'claude'],
  ['Codex', 'codex'],
  ['Gemini CLI', 'gemini'],
  ['opencode', 'opencode'],
  ['aider', 'aider'],
  ['Qwen Code', 'qwen'],
  ['Cline', 'cline'],
  ['Continue', 'cn'],
  ['Copilot CLI', 'copilot'],
  ['pi', 'pi'],
  ['llm', 'llm'],
]

/** How to point this machine at the gateway: every line runs as it stands. Looks at the PATH and the login shell only. */
export function setupOf(env: Environment, platform: NodeJS.Platform = process.platform): Setup {
  const command = currentCommand(env)
  return {
    schema: 1,
    command,
    shell: shellOf(env, platform, command),
    agents: AGENTS.filter(([, program]) => findOnPath(program, env, platform) !== null).map(([name, program]) => ({
      name,
      line: `${command} run -- ${program}`,
    })),
  }
}

/** The developer's shell: what the system starts for them, else what the platform has. */
function shellOf(env: Environment, platform: NodeJS.Platform, command: string): Setup['shell'] {
  if (platform === 'win32')
    return { name: 'PowerShell', line: `& ${command} env --shell pwsh | Out-String | Invoke-Expression` }
  const name = path.basename(env['SHELL'] ?? '')
  if (name === 'fish') return { name, line: `${command} env --shell fish | source` }
  if (name === 'bash' || name === 'zsh') return { name, line: `eval "$(${command} env --shell ${name})"` }
  return { name: 'sh', line: `eval "$(${command} env --shell bash)"` }
}
