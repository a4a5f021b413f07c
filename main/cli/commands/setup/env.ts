import { commandLine } from '../../../../shared/values/command-line.ts'
import { readFileSync } from 'node:fs'
import { type Io, EXIT } from '../../support/command.ts'
import { readHookFile } from '../../environment/variables/hook-script.ts'
import { needsPreload } from '../../environment/variables/node-options.ts'
import { readRuntimeFile } from '../../../platform/home/runtime-file.ts'
import { homePaths } from '../../../platform/home/paths.ts'
import { type LaunchOptions, prepareLaunch } from '../../environment/variables/launch.ts'
import { guessShell, renderChange, type Shell } from '../../environment/variables/render.ts'
import { withoutUs } from '../../environment/variables/saved-environment.ts'
import { proxyName } from '../../../proxy/intercept/upstream/upstream-proxy.ts'

export interface EnvOptions extends LaunchOptions {
  shell?: Shell
  json?: boolean
  /** A `.allowance` file with tags, as the hook hands it over; flags go before it. */
  file?: string
}

/** `allowance env`: prints the lines that point a terminal at the gateway. */
export async function env(options: EnvOptions, io: Io): Promise<number> {
  const shell = options.json ? 'json' : (options.shell ?? guessShell(io.env, io.platform))
  const fromFile = options.file === undefined ? [] : readHookFile(readFileSync(options.file, 'utf8'))
  const { home, change } = await prepareLaunch({ ...options, tag: [...fromFile, ...(options.tag ?? [])] }, io, null)
  if (shell === 'json') {
    const { set, unset, saved } = change
    io.stdout(`${JSON.stringify({ schema: 1, mode: options.mode ?? 'connect', set, unset, saved }, null, 2)}\n`)
  } else io.stdout(renderChange(shell, change))

  for (const warning of change.warnings) io.stderr(`allowance: ${warning}\n`)
  const runtime = readRuntimeFile(homePaths(home).runtime)
  const proxy = proxyName(withoutUs(io.env))
  if (runtime && proxy !== null && proxy !== (runtime.outerProxy ?? null) && proxy !== new URL(runtime.proxy).host)
    io.stderr(
      `allowance: this terminal's proxy (${proxy}) is not the gateway's own (${runtime.outerProxy ?? 'none'}): calls from here go on through ${options.mode === 'base-url' ? "the gateway's" : proxy}\n`,
    )
  if (runtime === null) io.stderr(`allowance: no gateway is running yet; start one with: ${commandLine()} serve\n`)
  if (options.mode !== 'base-url' && needsPreload(process.versions.node))
    io.stderr(
      `allowance: Node ${process.versions.node} ignores proxies, so Node programs bypass the gateway: use \`${commandLine()} run -- …\`, or \`${commandLine()} env --mode both\`\n`,
    )
  return EXIT.ok
}
