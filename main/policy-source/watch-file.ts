import { type FSWatcher, watch } from 'node:fs'
import path from 'node:path'

/** Editors write a file in several steps; it is read when they have been still for this long. */
const SETTLE_MS = 80

/**
 * Calls back when a file may have changed, also when it is replaced by another (which is how editors save, and why the
 * folder is watched). Where the system cannot watch, nothing is called: the caller looks from time to time anyway.
 */
export function watchFile(file: string, onChange: () => void): () => void {
  const name = path.basename(file)
  let settle: NodeJS.Timeout | undefined
  let watcher: FSWatcher | null = null
  try {
    watcher = watch(path.dirname(file), { persistent: false }, (_event, changed) => {
      if (changed !== null && changed !== name) return
      clearTimeout(settle)
      settle = setTimeout(onChange, SETTLE_MS)
    })
    watcher.on('error', () => watcher?.close())
  } catch {
    // The folder is not there (yet), or the system has no watches left.
  }
  return () => {
    clearTimeout(settle)
    watcher?.close()
  }
}
