import type { CallerFacts } from '../attributors/attributor.ts'

/** Headers that carry a session, the most telling first (clients.md: codex, Claude Code, opencode, pi). */
const SESSION_HEADERS = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-opencode-session',
  'x-session-affinity',
  'thread-id',
  'conversation_id',
  'conversation-id',
] as const

// A generated id: a UUID, a ULID, `ses_…`. A constant such as `my-app-v1` is a cache key for a whole program, no session.
const GENERATED_ID = /^(?=.*\d)(?:[a-z]{1,8}[_-])?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z]{20,})$/i

type Said = Pick<CallerFacts, 'headers' | 'clientIds'>

/** The session as the client names it in headers, else in the body. Null when it names none. */
export function sessionOfClient({ headers, clientIds }: Said): string | null {
  for (const name of SESSION_HEADERS) if (headers[name]) return headers[name]
  const turn = codexTurn(headers)
  return (
    turn['session_id'] ??
    sessionOfUserId(clientIds['metadata.user_id']) ??
    clientIds['client_metadata.session_id'] ??
    clientIds['session_id'] ??
    clientIds['metadata.session_id'] ??
    clientIds['conversation_id'] ??
    clientIds['metadata.conversation_id'] ??
    generated(clientIds['prompt_cache_key']) ??
    null
  )
}

/**
 * What tells conversations of one session apart, where the client says it: codex's thread, a sub-agent of Claude
 * Code. Null: the session is the conversation.
 */
export function threadOfClient({ headers, clientIds }: Said): string | null {
  return (
    headers['x-claude-code-agent-id'] ||
    headers['thread-id'] ||
    (codexTurn(headers)['thread_id'] ?? clientIds['client_metadata.thread_id'] ?? null)
  )
}

/** Codex's `x-codex-turn-metadata`: a small JSON object whose strings we read. */
export function codexTurn(headers: CallerFacts['headers']): Record<string, string> {
  const text = headers['x-codex-turn-metadata']
  if (!text || text.length > 8_192) return {}
  return stringsOf(text)
}

/** Claude Code's `metadata.user_id`: `user_…_account_…_session_UUID`, or JSON with a `session_id`. */
function sessionOfUserId(userId: string | undefined): string | undefined {
  if (!userId || userId.length > 2_048) return undefined
  if (userId.startsWith('{')) return stringsOf(userId)['session_id']
  return /_session_([0-9A-Za-z-]{8,64})$/.exec(userId)?.[1]
}

function generated(id: string | undefined): string | undefined {
  return id !== undefined && GENERATED_ID.test(id) ? id : undefined
}

function stringsOf(json: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  } catch {
    return {}
  }
}
