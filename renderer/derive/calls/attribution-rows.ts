import type { Attribution } from '../../../shared/calls/attribution.ts'

export interface AttributionRow {
  name: string
  value: string
  /** How it is known: by a tag, a header, the process …; null when it was not said. */
  source: string | null
}

const DIMENSIONS = [
  'developer',
  'project',
  'branch',
  'session',
  'agent',
  'parentAgent',
  'environment',
  'keyFingerprint',
] as const
const NAMES: Record<string, string> = { parentAgent: 'parent agent', keyFingerprint: 'key' }

/** What is known of the caller, and by what; what nobody said is left out. */
export function attributionRows(attribution: Attribution): AttributionRow[] {
  const rows: AttributionRow[] = []
  for (const dimension of DIMENSIONS) {
    const value = attribution[dimension]
    if (value === null) continue
    rows.push({ name: NAMES[dimension] ?? dimension, value, source: attribution.source[dimension] ?? null })
  }
  for (const [tag, value] of Object.entries(attribution.tags)) {
    rows.push({ name: tag, value, source: attribution.source[`tag:${tag}`] ?? 'tag' })
  }
  const { process } = attribution
  if (process) {
    rows.push({
      name: 'process',
      value: `${process.command} (${process.pid})`,
      source: attribution.source.process ?? null,
    })
    if (process.cwd !== null) rows.push({ name: 'directory', value: process.cwd, source: null })
    if (process.parents.length > 0) rows.push({ name: 'started by', value: process.parents.join(' ← '), source: null })
  }
  return rows
}
