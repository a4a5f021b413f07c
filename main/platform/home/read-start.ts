import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** At most `maxBytes` from the start of a file; null when it cannot be read. Sizes of files in /proc are not known before. */
export async function readStart(path: string, maxBytes: number): Promise<Buffer | null> {
  try {
    const file = await open(path, 'r')
    try {
      const buffer = Buffer.allocUnsafe(maxBytes)
      let length = 0
      while (length < maxBytes) {
        const { bytesRead } = await file.read(buffer, length, maxBytes - length, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return buffer.subarray(0, length)
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}

const scratch = Buffer.alloc(16_384)

/**
 * The same at once, up to 16 KiB in one read, for files of /proc that the kernel answers from its memory in
 * microseconds: a thread of the pool would cost ten times that. Null when it cannot be read.
 */
export function readKernelFile(path: string): string | null {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    return scratch.toString('utf8', 0, readSync(file, scratch, 0, scratch.length, 0))
  } catch {
    return null
  } finally {
    if (file !== null) closeSync(file)
  }
}
