import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Put in by the build; absent where the sources run by themselves. */
declare const __ALLOWANCE_COMMIT__: string | undefined

/** The version, and the commit that was built where that is known: `0.1.0 (build 1a2b3c4)`. */
export function versionAndBuild(): string {
  const commit = typeof __ALLOWANCE_COMMIT__ === 'undefined' ? '' : __ALLOWANCE_COMMIT__
  return commit === '' ? productVersion() : `${productVersion()} (build ${commit})`
}

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
