import { execFile } from 'node:child_process'

/** A system program that takes longer than this has no answer for a call that waits. */
const TIMEOUT_MS = 5_000
/** The whole process table of a busy machine is about 1 MB. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** Standard output of a program; the empty string when it is missing or fails. Some (lsof) say "nothing found" by their exit code. */
export function runProgram(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true, encoding: 'utf8' as const }
    execFile(program, [...args], options, (_error, stdout) => resolve(stdout))
  })
}
