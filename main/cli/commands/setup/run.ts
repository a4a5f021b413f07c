import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Io } from '../../support/command.ts'
import { builtFile } from '../../environment/child/built-file.ts'
import { ensureGateway } from '../../environment/gateway/ensure-gateway.ts'
import { gatewayFailureMode } from '../../environment/gateway/gateway-failure-mode.ts'
import { watchGateway } from '../../environment/gateway/watch-gateway.ts'
import { targetOfUrl } from '../../../proxy/intercept/tunnel/tunnel-target.ts'
import { gatewayEnvironment, type LaunchOptions, prepareLaunch } from '../../environment/variables/launch.ts'
import { runChild } from '../../environment/child/run-child.ts'
import { homePaths, resolveHome } from '../../../platform/home/paths.ts'
import { readSettings } from '../../../platform/home/settings-file.ts'
import { DEFAULT_PORT } from '../../../../shared/rules/settings.ts'
import { nodeVersionOnPath } from '../../environment/child/which-node.ts'

export interface RunOptions extends LaunchOptions {
  /** The command and its arguments, as they stood after `--`. */
  command: readonly string[]
  /** How a gateway is started where none runs; by default this very program with `serve`. */
  serveCommand?: readonly string[]
}

/** `allowance run -- CMD…`: runs a command with its model traffic going through the gateway. @returns the child's exit code */
export async function run(options: RunOptions, io: Io): Promise<number> {
  if (options.command.length === 0)
    throw new AllowanceError('usage', 'run needs a command', commandLine('run -- npm test'))
  const home = resolveHome(io.env, io.platform)
  const serveCommand = options.serveCommand ?? [process.execPath, process.argv[1] ?? '', 'serve']
  const { port: usualPort } = readSettings({ file: homePaths(home).settings, env: io.env, cwd: io.cwd })
  await ensureGateway({
    home,
    command: serveCommand,
    env: gatewayEnvironment(io, home),
    ...(usualPort === DEFAULT_PORT && { onFreePort: { command: [...serveCommand, '--port', '0'], usualPort } }),
  })

  const child = { preloadPath: builtFile('child-preload.cjs'), nodeVersion: nodeVersionOnPath(io.env) }
  const { change, settings, place } = await prepareLaunch(options, io, child)
  for (const warning of change.warnings) io.stderr(`allowance: ${warning}\n`)

  const env: Record<string, string | undefined> = { ...io.env, ...change.set }
  for (const name of change.unset) delete env[name]
  const { host, port } = targetOfUrl(new URL(place.proxyUrl))
  const watch = watchGateway({
    home,
    host,
    port,
    proxyToken: place.proxyToken,
    settings,
    env: gatewayEnvironment(io, home),
    failureMode: () => gatewayFailureMode(homePaths(home).lastPolicy),
  })
  const code = await runChild({
    command: options.command,
    env,
    cwd: io.cwd,
    platform: io.platform,
    onError: (message) => io.stderr(`allowance: ${message}\n`),
  })
  const unmeteredMs = watch.stop()
  if (unmeteredMs > 0)
    io.stderr(
      `allowance: no gateway was running for ${Math.ceil(unmeteredMs / 1000)} s of this run, and its traffic passed unmetered\n`,
    )
  return code
}
