import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

let count = 0

/**
 * Replaces a file in one step, readable by its user alone (0600): a reader sees the old text or the new, never half,
 * and a crash leaves one of them. Throws what the file system throws. `durable: false` for what is soon written again:
 * it need not survive a power cut, and waiting for the disk costs milliseconds.
 */
export function writePrivateFile(file: string, text: string, { durable = true }: { durable?: boolean } = {}): void {
  count += 1
  const draft = `${file}.${process.pid}.${count}.tmp`
  try {
    const descriptor = openSync(draft, 'wx', 0o600)
    try {
      writeSync(descriptor, text)
      if (durable) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
