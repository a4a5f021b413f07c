import { callUsAs, commandLine } from '../../shared/values/command-line.ts'
import { CommanderError } from 'commander'
import { AllowanceError, messageOf } from '../../shared/contract/errors.ts'
import { currentCommand } from '../platform/home/own-command.ts'
import { EXIT, type Io } from './support/command.ts'
import { paints, printJson } from './support/output.ts'
import { buildProgram } from './program.ts'

/** Runs one command line to its end and sets the exit code. */
export async function runProgram(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  callUsAs(currentCommand())
  process.exitCode = await execute(args, processIo())
}

/** Never throws: every failure is told on stderr, or with `--json` as a document on stdout, and becomes an exit code. */
export async function execute(args: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok
  const program = buildProgram(io, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    return fail(error, args, io)
  }
}

function fail(error: unknown, args: readonly string[], io: Io): number {
  const failure = error instanceof CommanderError ? usageError(error) : error
  const known = failure instanceof AllowanceError ? failure : null
  if (isJson(args)) {
    const { code, message, fix } = known ?? { code: 'internal', message: messageOf(failure), fix: null }
    printJson(io, { schema: 1, error: { code, message, fix } })
  } else {
    const { red, dim } = paints({ env: io.env, isTTY: io.isTTY && process.stderr.isTTY })
    io.stderr(`${red('allowance:')} ${messageOf(failure)}\n`)
    if (known?.fix) io.stderr(`${dim('→')} ${known.fix}\n`)
    else if (!known && failure instanceof Error && failure.stack) io.stderr(`${failure.stack}\n`)
  }
  return exitCodeOf(known)
}

/** commander's message, with the name that was probably meant as what to do about it. */
function usageError(error: CommanderError): AllowanceError {
  const [message = '', hint] = error.message.replace(/^error: /, '').split('\n')
  return new AllowanceError('usage', message, hint?.replace(/^\(D(.*)\)$/, 'd$1') ?? commandLine('--help'))
}

function exitCodeOf(error: AllowanceError | null): number {
  if (error?.code === 'usage') return EXIT.usage
  return error?.code === 'no-gateway' ? EXIT.noGateway : EXIT.no
}

/** Only before `--`: what follows belongs to the command that is run. */
function isJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}

function processIo(): Io {
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    isTTY: process.stdout.isTTY ?? false,
    columns: process.stdout.columns ?? 80,
    get signal() {
      return stopSignal()
    },
  }
}

let stop: AbortController | null = null

/** Listens from when it is first asked for: a verb that does not ask ends by the signal itself. A second signal ends at once. */
function stopSignal(): AbortSignal {
  if (stop) return stop.signal
  const controller = new AbortController()
  stop = controller
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  if (process.platform !== 'win32') process.on('SIGHUP', onSignal)
  return controller.signal
}
