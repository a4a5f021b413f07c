import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The product's version, from the package.json above the build or the sources; `unknown` where there is none. */
export function productVersion(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  for (let steps = 0; steps < 4; steps += 1) {
    try {
      const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
        name?: string
        version?: string
      }
      if (manifest.name === 'allowance' && manifest.version) return manifest.version
    } catch {
      // Not in this folder.
    }
    folder = path.dirname(folder)
  }
  return 'unknown'
}
