import { once } from 'node:events'
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const STOP_LIMIT_MS = 5_000

/** Starts a helper program that dies with the test run, not with the test that started it. */
export function startProgram(command: string, args: string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], ...options })
  const killOnExit = () => child.kill('SIGKILL')
  process.once('exit', killOnExit)
  child.once('exit', () => process.off('exit', killOnExit))
  return child
}

/** The first line a program writes to `stream`; rejects when it ends before it wrote one. */
export async function firstLine(child: ChildProcess, stream: Readable): Promise<string> {
  const lines = createInterface({ input: stream })
  const ended = new AbortController()
  const whenOver = (reason: unknown) => ended.abort(reason)
  child.once('exit', (code) => whenOver(new Error(`${child.spawnfile} ended with ${code} before it was ready`)))
  child.once('error', whenOver)
  try {
    const [line] = (await once(lines, 'line', { signal: ended.signal })) as [string]
    return line
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error
  } finally {
    child.off('error', whenOver)
    stream.resume()
  }
}

/** Ends a program, by SIGTERM and if it does not listen by SIGKILL; resolves with its exit code when it is gone, null when a signal ended it. */
export async function stopProgram(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await gone
  clearTimeout(force)
  return child.exitCode
}

/**
 * Whether a process is over. On Linux one that its parent has not buried yet counts as over: who left before his child
 * leaves the burial to the machine's first process, which takes its time.
 */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return true
  }
  if (process.platform !== 'linux') return false
  try {
    // The state stands after the name, which may have any sign in it.
    return /^\s*Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return true
  }
}
