import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import { parseJson } from '../../metering/framing/parse-json.ts'
import type { MediaPart, PromptMessage, ToolCall } from '../types/provider.ts'
import { imageSize } from './image-size.ts'

export function promptMessage(
  role: PromptMessage['role'],
  text: string,
  parts: Partial<PromptMessage> = {},
): PromptMessage {
  return { role, text, media: [], toolCalls: [], toolResult: null, cacheBreakpoint: null, ...parts }
}

/** The tools of a request, however many lists they come in. One message, because it is one prefix. */
export function toolsMessage(...schemas: unknown[]): PromptMessage[] {
  const present = schemas.filter((schema) => schema !== undefined && schema !== null && !isEmptyList(schema))
  return present.length === 0 ? [] : [promptMessage('tools', present.map((schema) => asText(schema)).join('\n'))]
}

/** The schema that the answer must follow. */
export function formatMessage(schema: unknown): PromptMessage[] {
  return schema === undefined || schema === null
    ? []
    : [promptMessage('tools', JSON.stringify(schema), { isFormat: true })]
}

/** A text is taken as it is: tools whose dialect knows how its models see them. */
function asText(schema: unknown): string {
  return typeof schema === 'string' ? schema : JSON.stringify(schema)
}

/** A tool call with its arguments as canonical text, whether they came as text or as an object. */
export function toolCall(id: unknown, name: unknown, input: unknown): ToolCall {
  const parsed = typeof input === 'string' ? (parseJson(input) ?? input) : input
  return { id: textOf(id), name: textOf(name) ?? '', arguments: canonicalJson(parsed ?? null) }
}

/** JSON with sorted keys, so that equal arguments are equal texts whatever their order and blanks. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}

/** A medium given as base64, as a data URL, or by reference (a URL or an id), which shows nothing of its size. */
export function mediaPart(type: MediaPart['type'], source: unknown, detail: unknown = null): MediaPart {
  const text = textOf(source) ?? ''
  const base64 = text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text
  const isReference = text === '' || /^(https?|gs|s3|file):/.test(text) || (text === base64 && text.length < 64)
  const size = isReference || type !== 'image' ? null : imageSize(base64)
  return {
    type,
    bytes: isReference ? 0 : base64.length,
    width: size?.width ?? null,
    height: size?.height ?? null,
    detail: textOf(detail),
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/**
 * Makes something of each item once. A conversation sends its whole history with every turn; what was parsed for the
 * turn before is the same object (proxy/arrival/resumable-json), so what was made of it is still right. What is made must not
 * be changed afterwards.
 */
export function perItem<Made>(make: (item: unknown) => Made): (item: unknown) => Made {
  const known = new WeakMap<object, Made>()
  return (item) => {
    if (typeof item !== 'object' || item === null) return make(item)
    const before = known.get(item)
    if (before !== undefined) return before
    const made = make(item)
    known.set(item, made)
    return made
  }
}

type Breakpoint = PromptMessage['cacheBreakpoint']

/** Whether a client wants what goes before to be cached: `cache_control` in Anthropic's words, `cachePoint` in Amazon's. */
export function breakpointOf(part: JsonObject): Breakpoint {
  const mark = [part['cache_control'], part['cachePoint']].find(isObject)
  if (!mark) return null
  return memberAt(mark, 'ttl') === '1h' ? '1h' : '5m'
}

/** The message of all tools, marked where one of them is. */
export function markedTools(messages: PromptMessage[], tools: unknown): PromptMessage[] {
  const found = listOf(tools).reduce<Breakpoint>((last, tool) => breakpointOf(objectOf(tool)) ?? last, null)
  return found === null ? messages : messages.map((message) => ({ ...message, cacheBreakpoint: found }))
}

/** A mark on the request itself: the provider caches up to the last block. Messages may be kept from turn to turn, so that one is copied. */
export function markedWhole(messages: PromptMessage[], body: JsonObject): PromptMessage[] {
  const found = breakpointOf(body)
  const last = messages.at(-1)
  return found === null || !last ? messages : [...messages.slice(0, -1), { ...last, cacheBreakpoint: found }]
}
