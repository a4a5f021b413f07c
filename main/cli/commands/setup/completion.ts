import type { Command } from 'commander'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { COMPLETED_SHELLS, completionScript } from '../../support/completion-script.ts'
import { printJson } from '../../support/output.ts'

/** `allowance completion SHELL`: the script that a shell evaluates to complete our verbs and flags. */
export async function completion(
  shell: string,
  options: { json?: boolean },
  program: Command,
  io: Pick<Io, 'stdout'>,
): Promise<number> {
  const known = COMPLETED_SHELLS.find((one) => one === shell)
  if (!known)
    throw new AllowanceError('usage', `there is no completion for ${shell}`, `one of: ${COMPLETED_SHELLS.join(', ')}`)
  const script = completionScript(known, program)
  if (options.json) printJson(io, { schema: 1, shell, script })
  else io.stdout(script)
  return EXIT.ok
}
