import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { firstLine, startProgram, stopProgram } from '../child-process.ts'

/** The gateway as users run it: the built program, in a process of its own. */
export interface GatewayProgram {
  pid: number
  proxy: string
  /** From the start of the process to its `ready` line. */
  readyMs: number
  /** `kill -9`, and gone when this resolves. */
  kill(): Promise<void>
  /** SIGTERM, as a service manager sends it; resolves with the exit code. */
  stop(): Promise<number | null>
}

/** Brings `out/` up to date; quick when it is. */
export function buildProgram(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
}

export async function startGatewayProgram(
  home: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<GatewayProgram> {
  const startedAt = performance.now()
  const child = startProgram(
    process.execPath,
    ['out/cli.cjs', 'serve', '--json', '--port', '0', '--control-port', '0', '--home', home, ...args],
    { env: { PATH: process.env.PATH, HOME: home, ALLOWANCE_DEVELOPER: 'ada@acme.dev', ...env } },
  )
  const { pid, proxy } = JSON.parse(await firstLine(child, child.stdout!)) as { pid: number; proxy: string }
  return {
    pid,
    proxy,
    readyMs: performance.now() - startedAt,
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    stop: () => stopProgram(child),
  }
}
