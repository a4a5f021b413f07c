import { commandLine } from '../../../../shared/values/command-line.ts'
import { existsSync, rmdirSync, rmSync } from 'node:fs'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { foldersMadeFor, homePaths, resolveHome } from '../../../platform/home/paths.ts'
import { ownScript } from '../../../platform/home/own-command.ts'
import { removePathLink } from '../../../platform/home/path-link.ts'
import { isAlive, readRuntimeFile } from '../../../platform/home/runtime-file.ts'
import { authorityFolder } from '../../../proxy/intercept/authority/authority-store.ts'
import { type Io, EXIT } from '../../support/command.ts'
import { readSaved } from '../../environment/variables/saved-environment.ts'
import { printJson } from '../../support/output.ts'
import { ca, type CaOptions } from './ca.ts'

/** As long as a gateway may take to settle what runs, and a little. */
const STOP_TIMEOUT_MS = 15_000
const POLL_MS = 25

export interface UninstallOptions {
  /** Deletes the home, with the ledger in it. */
  purge?: boolean
  json?: boolean
  runProgram?: CaOptions['runProgram']
}

/**
 * `allowance uninstall --purge`: stops the gateway, takes our root out of the system's trust store, and deletes the
 * home, and the link that `allowance path` made. Nothing else was ever changed: no rc file, no system proxy, no other program's settings.
 */
export async function uninstall(options: UninstallOptions, io: Io): Promise<number> {
  const home = resolveHome(io.env, io.platform)
  if (!options.purge)
    throw new AllowanceError(
      'usage',
      `this deletes ${home}, including the record of everything spent`,
      commandLine('uninstall --purge'),
    )
  if (existsSync(home)) {
    const pid = readRuntimeFile(homePaths(home).runtime)?.pid
    if (pid !== undefined) await stopGateway(pid)
    if (existsSync(authorityFolder(home)))
      await ca(
        { action: 'untrust', ...(options.runProgram && { runProgram: options.runProgram }) },
        { ...io, stdout: () => {}, stderr: () => {} },
      )
    const made = foldersMadeFor(home)
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    for (const folder of made) if (!removeEmpty(folder)) break
  }
  const script = ownScript()
  if (script !== null && io.env.HOME) removePathLink(io.env.HOME, script)
  if (options.json) printJson(io, { schema: 1, ok: true, home })
  else io.stderr(`allowance: ${home} was deleted\n`)
  if (readSaved(io.env))
    io.stderr(
      `allowance: this terminal still points at the gateway: close it, or run \`eval "$(${commandLine()} off)"\` before the program is removed\n`,
    )
  return EXIT.ok
}

/** What somebody else uses by now stays. */
function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

async function stopGateway(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new AllowanceError('internal', `the gateway (process ${pid}) does not stop`, `kill ${pid}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
