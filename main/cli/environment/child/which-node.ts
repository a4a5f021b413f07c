import { realpathSync } from 'node:fs'
import path from 'node:path'

/**
 * The version of the Node that a child will find first, where that costs nothing: it is the very one we run on. Null
 * when it is another; asking it would add its start to every run, and the preload sees for itself.
 */
export function nodeVersionOnPath(env: Readonly<Record<string, string | undefined>>): string | null {
  if (process.versions['electron'] || process.platform === 'win32') return null
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    try {
      return realpathSync(path.join(folder, 'node')) === realpathSync(process.execPath) ? process.versions.node : null
    } catch {
      // Not in this folder.
    }
  }
  return null
}
