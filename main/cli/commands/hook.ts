import { AllowanceError } from '../../../shared/errors.ts'
import { type Io, EXIT } from '../command.ts'
import { HOOK_SHELLS, hookScript, type HookShell } from '../environment/hook-script.ts'

/** `allowance hook SHELL`: prints the per-directory hook; it goes into an rc file by its owner's hand, never by ours. */
export async function hook({ shell }: { shell: string }, io: Io): Promise<number> {
  if (!(HOOK_SHELLS as readonly string[]).includes(shell))
    throw new AllowanceError('usage', `there is no hook for ${shell}`, `one of: ${HOOK_SHELLS.join(', ')}`)
  io.stdout(hookScript(shell as HookShell))
  return EXIT.ok
}
