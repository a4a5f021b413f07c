/** The one variable in which a shell keeps what it had before us. */
export const SAVED_NAME = 'ALLOWANCE_SAVED'

export type Environment = Readonly<Record<string, string | undefined>>

export interface SavedEnvironment {
  /** What each variable was; null: it was not set. */
  saved: Record<string, string | null>
  /** A mark of what we set it to: one that has another value now was changed by somebody else since, and is theirs. */
  marks: Record<string, string>
  /** The launch tags in force, so that a run within a run keeps the outer one's. */
  tags: Record<string, string>
}

/** @returns base64 of JSON: no quoting in any shell can break it */
export function encodeSaved(before: SavedEnvironment): string {
  return Buffer.from(JSON.stringify(before), 'utf8').toString('base64')
}

/** @returns null when we are not in force here, or the text is not ours */
export function readSaved(env: Environment): SavedEnvironment | null {
  try {
    const value = JSON.parse(Buffer.from(env[SAVED_NAME] ?? '', 'base64').toString('utf8')) as SavedEnvironment
    return typeof value.saved === 'object' && typeof value.marks === 'object'
      ? { ...value, tags: value.tags ?? {} }
      : null
  } catch {
    return null
  }
}

/** What undoes us: the variables that still have our value get the one before, the others are left as they are. */
export function restoration(env: Environment): Record<string, string | null> {
  const before = readSaved(env)
  if (before === null) return {}
  const changes: Record<string, string | null> = { [SAVED_NAME]: null }
  for (const [name, value] of Object.entries(before.saved))
    if (markOf(env[name] ?? '') === before.marks[name]) changes[name] = value
  return changes
}

/** The environment as it would be without us. */
export function withoutUs(env: Environment): Record<string, string | undefined> {
  const original = { ...env }
  for (const [name, value] of Object.entries(restoration(env))) {
    if (value === null) delete original[name]
    else original[name] = value
  }
  return original
}

/** A short checksum (FNV-1a): it tells values apart, it protects nothing. */
export function markOf(value: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < value.length; index++) hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(36)
}
