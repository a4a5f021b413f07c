import { basename, dirname, join } from 'node:path'
import { readStart } from '../home/read-start.ts'

/** A manifest larger than this names no project that anybody wrote by hand. */
const MAX_MANIFEST_BYTES = 1_048_576
/** Folders between a working directory and its repository's root that are looked into. */
const MAX_LEVELS = 32

const MANIFESTS: readonly { file: string; nameIn(text: string): string | null }[] = [
  { file: 'package.json', nameIn: nameInJson },
  { file: 'pyproject.toml', nameIn: (text) => nameInToml(text, ['project', 'tool.poetry']) },
  { file: 'Cargo.toml', nameIn: (text) => nameInToml(text, ['package']) },
  { file: 'go.mod', nameIn: nameInGoModule },
]

/**
 * The name in the nearest manifest from `directory` up to `top`, both included, and the file that gave it. Null when
 * none has a name.
 */
export async function nameInManifests(directory: string, top: string): Promise<{ name: string; file: string } | null> {
  let folder = directory
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    for (const { file, nameIn } of MANIFESTS) {
      const path = join(folder, file)
      const bytes = await readStart(path, MAX_MANIFEST_BYTES)
      const name = bytes && nameIn(bytes.toString('utf8'))
      if (name) return { name, file: path }
    }
    if (folder === top || folder === dirname(folder)) break
    folder = dirname(folder)
  }
  return null
}

function nameInJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : null
    return typeof name === 'string' && name.trim() !== '' ? name.trim() : null
  } catch {
    return null
  }
}

/** `name = "…"` of one of these tables; the little of TOML that manifests use for it. */
function nameInToml(text: string, tables: readonly string[]): string | null {
  let table = ''
  for (const line of text.split('\n')) {
    table = /^\s*\[\s*([\w."-]+)\s*\]/.exec(line)?.[1] ?? table
    const name = tables.includes(table) ? /^\s*name\s*=\s*(?:"([^"]+)"|'([^']+)')/.exec(line) : null
    if (name) return name[1] ?? name[2] ?? null
  }
  return null
}

/** `module example.org/team/web/v2` → web. */
function nameInGoModule(text: string): string | null {
  const module = /^\s*module\s+"?([^\s"]+)/m.exec(text)?.[1]
  return module ? basename(module.replace(/\/v\d+$/, '')) : null
}
