import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the build, whether we are a part of it ourselves or run from the sources; null where it was never built. */
export function builtFile(name: string): string | null {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const places = [here, path.join(here, '..'), path.join(here, '../../../../out')]
  return places.map((place) => path.join(place, name)).find((file) => existsSync(file)) ?? null
}
