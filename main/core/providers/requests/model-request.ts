import { isObject, type JsonObject, MAX_COUNT, numberOf, textOf } from '../../metering/framing/lenient-json.ts'
import { markedWhole } from './prompt-message.ts'
import { BadRequest, type ModelRequest } from '../types/provider.ts'

/** A clamp never goes below this many tokens: a model clamped lower bills for an empty answer. */
export const MIN_OUTPUT_TOKENS = 256
/** What a clamp leaves to a thinking model for its answer, on top of its thinking budget. */
export const ANSWER_AFTER_THINKING_TOKENS = 1024

/** The body as an object; throws `BadRequest` when it is something else. A body that was no JSON at all arrives as null. */
export function bodyObject(body: unknown): JsonObject {
  if (isObject(body)) return body
  throw new BadRequest('the request body is not a JSON object, so it was not sent')
}

/** A request with everything that most APIs leave alone. */
export function modelRequest(api: string, body: JsonObject, parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    api,
    model: textOf(body['model']),
    stream: body['stream'] === true,
    maxOutputTokens: null,
    minOutputTokens: MIN_OUTPUT_TOKENS,
    choices: 1,
    output: 'hidden',
    billable: true,
    storedInput: null,
    background: false,
    serviceTier: textOf(body['service_tier']),
    kind: null,
    clientIds: clientIdsOf(body),
    ...parts,
    messages: markedWhole(parts.messages ?? [], body),
  }
}

/** A call that costs nothing: counts of tokens, moderation, lists, reading what is stored. */
export function freeRequest(api: string, body: unknown, parts: Partial<ModelRequest> = {}): ModelRequest {
  return modelRequest(api, isObject(body) ? body : {}, { output: 'none', billable: false, ...parts })
}

/** A whole number from one to `MAX_COUNT` from a request, null where the client left it out. */
export function limitOf(...values: unknown[]): number | null {
  for (const value of values) {
    const number = typeof value === 'number' ? numberOf(value) : null
    if (number !== null && number >= 1) return Math.min(Math.floor(number), MAX_COUNT)
  }
  return null
}

/** The least output for a request that thinks within its own budget. */
export function minimumWithThinking(budgetTokens: number | null): number {
  return budgetTokens === null || budgetTokens <= 0 ? MIN_OUTPUT_TOKENS : budgetTokens + ANSWER_AFTER_THINKING_TOKENS
}

const CLIENT_ID_KEYS = ['prompt_cache_key', 'user', 'safety_identifier', 'session_id', 'conversation_id']

/** Ids that clients put into a body, for attribution; longer texts are no ids. */
function clientIdsOf(body: JsonObject): Record<string, string> {
  const ids: Record<string, string> = {}
  const keep = (name: string, value: unknown) => {
    const text = textOf(value)
    if (text && text.length <= 1024) ids[name] = text
  }
  for (const key of CLIENT_ID_KEYS) keep(key, body[key])
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  for (const key of ['user_id', 'session_id', 'conversation_id']) keep(`metadata.${key}`, metadata[key])
  const client = isObject(body['client_metadata']) ? body['client_metadata'] : {}
  for (const key of ['session_id', 'thread_id', 'turn_id']) keep(`client_metadata.${key}`, client[key])
  return ids
}
