import type { Usage } from '../../../shared/calls/usage.ts'
import type { Reading } from '../../../main/core/metering/usage/usage-reader.ts'
import { providerById } from '../../../main/core/providers/registry.ts'

/** What a provider sends, and the usage that its own documentation states for it. */
export interface ResponseCase {
  name: string
  to: [provider: string, path: string]
  request?: unknown
  body: unknown
  headers?: Record<string, string>
  usage: Partial<Usage> | null
  reading?: Partial<Reading>
}

export function readerOf([id, path]: [string, string], body: unknown) {
  const provider = providerById(id)
  const head = {
    method: 'POST',
    path: provider?.normalizePath?.(path) ?? path,
    query: new URLSearchParams(),
    headers: {},
  }
  const dialect = provider?.dialects.find((candidate) => candidate.matches(head))
  if (!dialect) throw new Error(`no dialect for ${id} ${path}`)
  return dialect.createReader(dialect.readRequest(head, body))
}
