import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'

/** What a shell says of a command that it cannot find, or cannot run. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126

/** What the terminal sends to everything in it by itself: passed on, the child would get it twice, and agents take two for "leave". */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', ...FROM_TERMINAL]

export interface ChildRun {
  command: readonly string[]
  env: Record<string, string | undefined>
  cwd: string
  platform: NodeJS.Platform
  onError(message: string): void
  onStarted?(child: ChildProcess): void
}

/**
 * Runs a command in our place: it has our terminal and our standard streams, gets the signals that we get, and its
 * exit code is ours (128 + n for a signal, 127 not found, 126 not executable).
 */
export function runChild(run: ChildRun): Promise<number> {
  const { file, args, verbatim } = commandLine(run)
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: 'inherit',
      env: run.env,
      cwd: run.cwd,
      windowsVerbatimArguments: verbatim,
    })
    const handlers = FORWARDED.map((signal) => [signal, () => forward(child, signal)] as const)
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const finish = (code: number) => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
      resolve(code)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      // An error after the start is a signal that did not reach it.
      if (child.pid !== undefined) return
      const missing = error.code === 'ENOENT'
      run.onError(missing ? `${file}: command not found` : `${file}: cannot be run (${error.code})`)
      finish(missing ? NOT_FOUND : NOT_EXECUTABLE)
    })
    child.once('exit', (code, signal) => finish(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0)))
    if (child.pid !== undefined) run.onStarted?.(child)
  })
}

function forward(child: ChildProcess, signal: NodeJS.Signals): void {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  if (FROM_TERMINAL.includes(signal) && atTerminal) return
  child.kill(signal)
}

/** Windows starts only .exe files by itself; npm, npx and every agent installed with npm are .cmd files, which cmd runs. */
function commandLine({ command, env, platform }: ChildRun): { file: string; args: string[]; verbatim: boolean } {
  const [file = '', ...args] = command
  if (platform !== 'win32' || /\.(exe|com)$/i.test(file)) return { file, args, verbatim: false }
  const line = command.map(quoteForCmd).join(' ')
  return { file: env['ComSpec'] ?? 'cmd.exe', args: ['/d', '/s', '/c', `"${line}"`], verbatim: true }
}

function quoteForCmd(argument: string): string {
  const quoted = `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
  return quoted.replace(/[()%!^"<>&|]/g, '^$&')
}
