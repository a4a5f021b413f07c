import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { type Io, EXIT } from '../../support/command.ts'
import { HOOK_SHELLS, hookScript, type HookShell } from '../../environment/variables/hook-script.ts'
import { printJson } from '../../support/output.ts'

/** `allowance hook SHELL`: prints the per-directory hook; it goes into an rc file by its owner's hand, never by ours. */
export async function hook({ shell, json }: { shell: string; json?: boolean }, io: Io): Promise<number> {
  if (!(HOOK_SHELLS as readonly string[]).includes(shell))
    throw new AllowanceError('usage', `there is no hook for ${shell}`, `one of: ${HOOK_SHELLS.join(', ')}`)
  const script = hookScript(shell as HookShell, commandLine())
  if (json) printJson(io, { schema: 1, shell, script })
  else io.stdout(script)
  return EXIT.ok
}
