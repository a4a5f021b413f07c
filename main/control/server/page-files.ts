import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
}

export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export interface PageFile {
  body: Buffer
  type: string
  /** Files under `assets/` carry a hash of their content in their name. */
  cacheControl: string
}

/** Where the build put the page; null where it was not built. */
export function findPageFolder(): string | null {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const places = [here, path.join(here, '..'), path.join(here, '../../../out')].map((place) =>
    path.join(place, 'renderer'),
  )
  return (
    places.find((folder) => existsSync(path.join(folder, 'index.html')) && existsSync(path.join(folder, 'assets'))) ??
    null
  )
}

/**
 * The file of the page that a path names; null when there is none. Only names that the folder's listing has are ever
 * opened, so no path, however encoded, leads out of it.
 */
export function readPageFile(folder: string, pathname: string): PageFile | null {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1)
  const type = TYPES[path.posix.extname(name)]
  if (!type || !listFiles(folder).includes(name)) return null
  const cacheControl = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  return { body: readFileSync(path.join(folder, ...name.split('/'))), type, cacheControl }
}

/** Names with `/`, without links: a dozen files. */
function listFiles(folder: string, below = ''): string[] {
  return readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) return listFiles(folder, name)
    return entry.isFile() ? [name] : []
  })
}
