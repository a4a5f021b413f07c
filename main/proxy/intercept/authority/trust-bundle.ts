import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as tls from 'node:tls'
import { authorityFolder, publishFile, rootsPath } from './authority-store.ts'

/**
 * A file for programs that take one list of certificates. `added`: what was named before us, and ours. `full`: the
 * system's roots too, for variables that replace a program's own store.
 */
export interface TrustBundle {
  kind: 'added' | 'full'
  /** Files that were named before us: a company's roots. One that cannot be read is skipped. */
  sources: readonly string[]
}

const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g
const HEADER = '# Written by Allowance. Made of: '

/** Writes the bundle (0600) if it is not there or has changed. @returns its path, the same for the same sources */
export function publishBundle(home: string, bundle: TrustBundle): string {
  if (bundle.kind === 'added' && bundle.sources.length === 0) return rootsPath(home)
  const name = createHash('sha256').update(JSON.stringify(bundle.sources)).digest('hex').slice(0, 10)
  const target = path.join(authorityFolder(home), `${bundle.kind}-${name}.pem`)
  publishFile(target, composed(home, bundle))
  return target
}

/** Brings every bundle up to date with our roots: shells that were pointed at one go on using its path. */
export function refreshBundles(home: string): void {
  const folder = authorityFolder(home)
  for (const name of readdirSync(folder)) {
    const kind = /^(added|full)-[0-9a-f]{10}\.pem$/.exec(name)?.[1]
    const line = kind && readText(path.join(folder, name)).split('\n', 1)[0]
    if (!kind || !line?.startsWith(HEADER)) continue
    const sources = JSON.parse(line.slice(HEADER.length)) as string[]
    publishFile(path.join(folder, name), composed(home, { kind: kind as TrustBundle['kind'], sources }))
  }
}

function composed(home: string, { kind, sources }: TrustBundle): string {
  const texts = [...(kind === 'full' ? systemRoots() : []), ...sources.map(readText), readText(rootsPath(home))]
  const certificates = new Set(texts.flatMap((text) => text.match(CERTIFICATE) ?? []))
  return `${HEADER}${JSON.stringify(sources)}\n${[...certificates].join('\n')}\n`
}

/** The system's own roots as PEM, and on systems that keep a company's roots in their own store, those too. */
function systemRoots(): string[] {
  const store = (tls as { getCACertificates?: (kind: 'system') => string[] }).getCACertificates
  const own = process.platform === 'darwin' || process.platform === 'win32' ? (store?.('system') ?? []) : []
  const file = SYSTEM_BUNDLES.map(readText).find((text) => text.includes('-----BEGIN'))
  return file === undefined ? [...own, ...tls.rootCertificates] : [...own, file]
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
