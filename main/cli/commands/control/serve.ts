import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { runGateway, type RunningGateway } from '../../../gateway/run-gateway.ts'
import { systemClock } from '../../../platform/system/clock.ts'
import { createLogger, fileWriter, type Logger } from '../../../platform/system/logger.ts'
import { keepHeapSmall } from '../../../platform/system/small-heap.ts'
import { ensureHome, resolveHome, temporaryHome } from '../../../platform/home/paths.ts'
import { productVersion } from '../../../platform/system/product-version.ts'
import { readSettings } from '../../../platform/home/settings-file.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { builtFile } from '../../environment/child/built-file.ts'
import { paints } from '../../support/output.ts'

export interface ServeOptions {
  port?: string
  controlPort?: string
  listen?: string
  home?: string
  policy?: string
  ephemeral?: boolean
  json?: boolean
}

/** `allowance serve`: the gateway without a window, in the foreground, until a signal ends it. */
export async function serve(options: ServeOptions, io: Io): Promise<number> {
  if (options.ephemeral && options.home)
    throw new AllowanceError('usage', '--ephemeral makes its own home', 'leave out --home')
  // Whatever is made from here on is for this user alone, the ledger's own files too.
  if (io.platform !== 'win32') process.umask(0o077)
  const temporary = options.ephemeral ? temporaryHome() : null
  try {
    return await serveFrom(
      temporary?.home ?? (options.home ? path.resolve(io.cwd, options.home) : resolveHome(io.env, io.platform)),
      options,
      io,
    )
  } finally {
    temporary?.remove()
  }
}

async function serveFrom(home: string, options: ServeOptions, io: Io): Promise<number> {
  keepHeapSmall()
  const paths = ensureHome(home)
  const flags = {
    port: portOf('--port', options.port),
    controlPort: portOf('--control-port', options.controlPort),
    listen: options.listen,
    policy: options.policy === undefined ? undefined : { url: options.policy },
  }
  const settings = readSettings({ file: paths.settings, env: io.env, flags, cwd: io.cwd })
  const { signal } = io
  const gateway = await runGateway({
    settings,
    home,
    version: productVersion(),
    env: io.env,
    logger: serveLogger(paths.log, io),
    tokenWorkerPath: builtFile('token-worker.cjs'),
  })
  const { pid, proxy, control } = gateway.runtime
  if (options.json) io.stdout(`${JSON.stringify({ schema: 1, ready: true, pid, proxy, control, home })}\n`)
  else io.stdout(welcome(gateway, io))
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  if (!options.json && io.isTTY) io.stderr('allowance: finishing running calls…\n')
  await gateway.stop('it was asked to')
  return EXIT.ok
}

function portOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new AllowanceError('usage', `"${text}" is not a port`, `${flag} 0 takes a free one`)
}

/** Everything into the log of the home; what somebody should see now, to stderr as well. */
function serveLogger(file: string, io: Io): Logger {
  const write = fileWriter(file)
  return createLogger({
    clock: systemClock,
    write: (line) => {
      write(line)
      const { level, message, reason } = JSON.parse(line) as { level: string; message: string; reason?: unknown }
      if (level === 'warn' || level === 'error')
        io.stderr(`allowance: ${message}${typeof reason === 'string' ? `: ${reason.split('\n')[0]}` : ''}\n`)
    },
  })
}

/** What a person needs next: where it shows what it knows, and the lines to paste. */
function welcome({ runtime, view, pageUrl }: RunningGateway, io: Io): string {
  const { bold, dim, cyan } = paints(io)
  const { status } = view.policySource.current()
  const policy =
    status.source === null
      ? 'none: metering only'
      : status.version === null
        ? `not yet read from ${status.source}`
        : `version ${status.version} from ${status.source}`
  const command = commandFor(runtime.home, io)
  const quiet = dim('(this link works once, for five minutes)')
  return [
    `${bold('Allowance is running.')} ${dim('Ctrl-C stops it.')}`,
    '',
    `  Dashboard  ${cyan(pageUrl())} ${quiet}`,
    `  Proxy      ${runtime.proxy}`,
    `  Policy     ${policy}`,
    `  Home       ${runtime.home}`,
    '',
    'Point a terminal at it:',
    `  eval "$(${command} env)"`,
    'or one command:',
    `  ${command} run -- npm test`,
    ...(runtime.proxyToken === ''
      ? [
          'or a client by its base URL:',
          `  export OPENAI_BASE_URL=${runtime.proxy}/openai/v1`,
          `  export ANTHROPIC_BASE_URL=${runtime.proxy}/anthropic`,
        ]
      : [
          'or a container, by what it calls this machine (these lines hold the proxy token):',
          `  ${command} env --shell dotenv --mode both --host host.docker.internal`,
        ]),
    '',
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** How this program is called from another terminal: by its name where that is found, else by its file; with its home where that is not the usual one. */
function commandFor(home: string, io: Io): string {
  const name = io.platform === 'win32' ? 'allowance.cmd' : 'allowance'
  const isFound = (io.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => folder !== '' && isExecutable(path.join(folder, name)))
  const program = isFound ? 'allowance' : `node ${quoted(path.resolve(process.argv[1] ?? 'bin/allowance.mjs'))}`
  const { ALLOWANCE_HOME: _, ...elsewhere } = io.env
  return resolveHome(elsewhere, io.platform) === home ? program : `ALLOWANCE_HOME=${quoted(home)} ${program}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
