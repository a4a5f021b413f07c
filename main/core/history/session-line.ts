import type { Usage } from '../../../shared/calls/usage.ts'

/** One answer of a model as an agent's session file tells it: who, where, when and how many tokens. Never a word of it. */
export interface SessionMessage {
  /** The same for every copy of this answer, in whatever file it stands. */
  id: string
  agent: string
  provider: string
  model: string
  serviceTier: string | null
  session: string
  /** The folder that the agent worked in. */
  folder: string | null
  branch: string | null
  atMs: number
  usage: Usage
}

/** `skip` is a line about something else; `malformed` one that ought to tell of an answer and does not. */
export type LineReading = SessionMessage | 'skip' | 'malformed'

/** Reads the session files of one agent. */
export interface SessionFormat {
  agent: string
  /** A line without any of these tells of no answer, and is not parsed. */
  marks: readonly string[]
  /** Lines of one file are read in order by one reader. */
  open(): (line: unknown) => LineReading
}

/** Ids and names in session files are short; anything longer is something else. */
const MAX_NAME_LENGTH = 300

export function nameOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH ? value : null
}

/** Null for what is no time. */
export function timeOf(value: unknown): number | null {
  const atMs = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(atMs) && atMs > 0 ? atMs : null
}
