import { readFileSync, rmSync } from 'node:fs'
import { type RuntimeFile, runtimeFileSchema } from '../../../shared/contract/contract.ts'
import { writePrivateFile } from './write-private-file.ts'

/**
 * `runtime.json` says where this home's gateway can be reached, and carries its tokens: readable by the user alone.
 * Throws what the file system throws.
 */
export function writeRuntimeFile(file: string, runtime: RuntimeFile): void {
  writePrivateFile(file, `${JSON.stringify(runtime, null, 2)}\n`)
}

/** The gateway that runs for this home; null when there is none, or when the file is one that a crash left behind. */
export function readRuntimeFile(file: string): RuntimeFile | null {
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
  const parsed = runtimeFileSchema.safeParse(document)
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null
}

/** Takes the file away if it is this gateway's own: a successor may have written its own in the meantime. */
export function removeRuntimeFile(file: string, pid: number): void {
  if (readRuntimeFile(file)?.pid === pid) rmSync(file, { force: true })
}

/** Whether a process with this id exists, ours or somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
