import type { Io } from '../../../main/cli/support/command.ts'
import { execute } from '../../../main/cli/run-program.ts'

/** What a command line left behind. */
export interface CliResult {
  code: number
  stdout: string
  stderr: string
}

/** A command line as it runs in a terminal, in this process; `stop` is ctrl-C. */
export interface RunningCli {
  result: Promise<CliResult>
  /** Resolves when stdout has this many lines, with them. Rejects when the program ends before. */
  lines(count: number): Promise<string[]>
  /** The same of stderr. */
  errorLines(count: number): Promise<string[]>
  stop(): void
}

export function startCli(home: string, args: readonly string[], env: Record<string, string> = {}): RunningCli {
  const controller = new AbortController()
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  const io: Io = {
    stdout: (text) => {
      stdout += text
      for (const look of waiting) look()
    },
    stderr: (text) => {
      stderr += text
      for (const look of waiting) look()
    },
    env: { HOME: home, ALLOWANCE_HOME: home, ALLOWANCE_DEVELOPER: 'ada@acme.dev', PATH: process.env.PATH, ...env },
    cwd: home,
    platform: process.platform,
    isTTY: false,
    columns: 100,
    signal: controller.signal,
  }
  const result = execute(args, io).then((code) => ({ code, stdout, stderr }))
  const linesOf = (text: () => string, count: number) =>
    new Promise<string[]>((resolve, reject) => {
      const look = () => {
        const lines = text().split('\n').slice(0, -1)
        if (lines.length < count) return
        waiting.delete(look)
        resolve(lines)
      }
      waiting.add(look)
      look()
      void result.then((ended) => reject(new Error(`ended with ${ended.code}: ${ended.stderr}${ended.stdout}`)))
    })
  return {
    result,
    lines: (count) => linesOf(() => stdout, count),
    errorLines: (count) => linesOf(() => stderr, count),
    stop: () => controller.abort(),
  }
}

export async function runCli(
  home: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  return await startCli(home, args, env).result
}
