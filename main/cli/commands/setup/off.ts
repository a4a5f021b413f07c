import { type Io, EXIT } from '../../support/command.ts'
import { guessShell, renderChange, type Shell } from '../../environment/variables/render.ts'
import { restoration } from '../../environment/variables/saved-environment.ts'

export interface OffOptions {
  shell?: Shell
  json?: boolean
}

/** `allowance off`: prints the lines that give a terminal back what it had before `env`. Without `env` there are none. */
export async function off(options: OffOptions, io: Io): Promise<number> {
  const shell = options.json ? 'json' : (options.shell ?? guessShell(io.env, io.platform))
  const set: Record<string, string> = {}
  const unset: string[] = []
  for (const [name, value] of Object.entries(restoration(io.env))) {
    if (value === null) unset.push(name)
    else set[name] = value
  }
  io.stdout(
    shell === 'json' ? `${JSON.stringify({ schema: 1, set, unset }, null, 2)}\n` : renderChange(shell, { set, unset }),
  )
  return EXIT.ok
}
