import { isObject, listOf } from '../../metering/framing/lenient-json.ts'
import type { JsonAppend } from '../types/json-edit.ts'

/**
 * Where a notice goes at the end of the last user turn, as its own block: behind everything that a provider may
 * have cached, never in the system prompt. Null where the request does not end in a user's turn.
 */

/** Its own message, after the user's or the tools'. */
export function chatNotice(body: unknown, text: string): JsonAppend | null {
  const last = lastOf(body, 'messages')
  if (last?.['role'] !== 'user' && last?.['role'] !== 'tool') return null
  return { path: ['messages'], value: { role: 'user', content: text } }
}

/**
 * Its own item, after the user's or the tools'. Nothing where the provider keeps the history: the notice would
 * stay in it when the budget is long another.
 */
export function responsesNotice(body: unknown, text: string): JsonAppend | null {
  if (!isObject(body) || body['previous_response_id'] || body['conversation']) return null
  const message = (content: string) => ({
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: content }],
  })
  if (typeof body['input'] === 'string')
    return { path: ['input'], value: message(text), textAs: { before: '{"role":"user","content":', after: '}' } }
  const last = lastOf(body, 'input')
  const type = last?.['type'] ?? 'message'
  const isTurn =
    (type === 'message' && last?.['role'] === 'user') || (typeof type === 'string' && type.endsWith('_output'))
  return last && isTurn ? { path: ['input'], value: message(text) } : null
}

/** A block of the last message where it has blocks; else a message, which the API joins to it. */
export function anthropicNotice(body: unknown, text: string): JsonAppend | null {
  const last = lastOf(body, 'messages')
  if (last?.['role'] !== 'user') return null
  if (!Array.isArray(last['content'])) return { path: ['messages'], value: { role: 'user', content: text } }
  return { path: ['messages', LAST, 'content'], value: { type: 'text', text } }
}

/** A part of the last content. Answers of functions stand alone: their number has to be that of the calls. */
export function geminiNotice(body: unknown, text: string): JsonAppend | null {
  const last = lastOf(body, 'contents')
  if (!last || (last['role'] !== undefined && last['role'] !== 'user') || !Array.isArray(last['parts'])) return null
  if (last['parts'].some((part) => isObject(part) && ('functionResponse' in part || 'function_response' in part)))
    return null
  return { path: ['contents', LAST, 'parts'], value: { text } }
}

/** In a path: the last element of the list that stands there. */
const LAST = -1

function lastOf(body: unknown, name: string): Record<string, unknown> | null {
  if (!isObject(body) || !Array.isArray(body[name])) return null
  const last: unknown = listOf(body[name]).at(-1)
  return isObject(last) ? last : null
}
