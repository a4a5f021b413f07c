import type { CallKind } from '../../../../shared/calls/call.ts'
import type { Refusal } from '../../../../shared/calls/verdict.ts'
import type { FramingKind } from '../../metering/framing/frame.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import type { JsonAppend, JsonEdit } from './json-edit.ts'

/** A request as it arrived at the proxy, below the provider's prefix. Header names are lower case. */
export interface RequestHead {
  method: string
  /** Path below the provider's origin, without the query: `/v1/chat/completions`. */
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | undefined>>
}

/** An image, a page or a clip in a prompt: what its token estimate needs, never its content. */
export interface MediaPart {
  type: 'image' | 'document' | 'audio' | 'video' | 'file'
  /** Length of the encoded data in bytes, 0 when it is a reference (a URL or a file id). */
  bytes: number
  width: number | null
  height: number | null
  detail: string | null
}

/** A call that the model made to a tool, as it stands in the history that the client sends back. */
export interface ToolCall {
  id: string | null
  name: string
  /** Arguments as canonical text, kept only in memory and only to be fingerprinted. */
  arguments: string
}

/** One message of the prompt in the provider's order. `text` is all that is counted and fingerprinted; it is never written. */
export interface PromptMessage {
  role: 'system' | 'tools' | 'user' | 'assistant' | 'tool'
  text: string
  media: MediaPart[]
  toolCalls: ToolCall[]
  /** Of `tools`: no functions but the schema that the answer must follow, or what a vendor charges like one. */
  isFormat?: true
  /** Set on tool results: which call they answer, and whether the tool says that it failed. */
  toolResult: { id: string | null; isError: boolean } | null
  /** The client marked a cache breakpoint here (Anthropic `cache_control`), with its time to live. */
  cacheBreakpoint: '5m' | '1h' | null
}

/** Everything that admission needs to know of a request body, normalised over the dialects. Pure data. */
export interface ModelRequest {
  api: string
  model: string | null
  stream: boolean
  messages: PromptMessage[]
  /** The most output tokens the request itself allows, null when it leaves that to the model. */
  maxOutputTokens: number | null
  /** A clamp never goes below this: 256, or the thinking budget + 1,024. */
  minOutputTokens: number
  /** How many answers are made (`n`, `candidateCount`), each up to the maximum. */
  choices: number
  /**
   * `visible`: the output can be counted as it streams by. `hidden`: it cannot (a plain body, hidden reasoning, server
   * tools, several choices, images), so the worst case is held. `none`: the call makes no output tokens (embeddings).
   */
  output: 'visible' | 'hidden' | 'none'
  /** False for calls that the provider does not charge: token counts, moderation, model lists, reading a stored response. */
  billable: boolean
  /** The model is asked to think, which some vendors tell it in tokens of its prompt. */
  thinks?: boolean
  /** Input that the provider keeps and the body does not show: the id of the earlier response, or a cached content's name. */
  storedInput: string | null
  /** The API is asked for a shorter history, by its own request or its own item. */
  compacts?: true
  /** A response that is made in the background: the call stays held until a later GET shows it finished. */
  background: boolean
  serviceTier: string | null
  /** What the dialect already knows of the purpose: `retrieval` for embeddings and rerank. Null: see conversations/kind. */
  kind: CallKind | null
  /** Ids that clients put into the body (`prompt_cache_key`, `metadata.user_id`, `user`), for attribution. */
  clientIds: Readonly<Record<string, string>>
}

/** A reply that the proxy makes itself. */
export interface LocalReply {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** A refusal with what a body needs besides its sentence. */
export interface RefusalContext {
  refusal: Refusal
  callId: string
  model: string | null
  /** The request's headers in lower case: one agent takes only a 400 as final (see refusal-status.ts). */
  headers: Readonly<Record<string, string | undefined>>
}

/**
 * One API of a wire format: how to read a request, watch its response and refuse it in the client's own terms.
 * Everything is pure. A dialect knows nothing of money, policy or sockets.
 */
export interface Dialect {
  /** As it stands in call records: `chat.completions`, `messages`, `generateContent`. */
  api: string
  /** Whether this API answers this request. The first dialect of a provider that says yes is taken. */
  matches(head: RequestHead): boolean
  /** Throws `BadRequest` with a sentence when the body cannot be what the API takes. `body` is parsed JSON, or null when there is none. */
  readRequest(head: RequestHead, body: unknown): ModelRequest
  /** The edit that makes a stream report its usage, null when it does so anyway or the client asked itself. */
  askForUsage?(request: ModelRequest, body: unknown): JsonEdit | null
  /** The edit that limits the output, null when this API has no such field. */
  clamp?(request: ModelRequest, body: unknown, maxOutputTokens: number): JsonEdit | null
  /** Puts a notice at the end of the last user turn; null where this request has no such place. Absent: it never has. */
  addNotice?(body: unknown, text: string): JsonAppend | null
  /** A fresh reader for one response. */
  createReader(request: ModelRequest): UsageReader
  /** The refusal as a first answer, shaped as the provider's own error (statuses as contract section 4). */
  refuse(context: RefusalContext): LocalReply
  /** The refusal inside a stream that has begun: bytes that end it legally and show the sentence once. */
  cut(context: RefusalContext, streamed: StreamedSoFar): string | Uint8Array
}

/** What a cut needs to know of the stream so far, to stay legal. */
export interface StreamedSoFar {
  responseId: string | null
  model: string | null
  /** Complete events that went out; also the next `sequence_number` of a Responses stream. */
  events: number
  /** How the stream is framed (`createFraming().kind`): the same API streams in several ways. */
  framing: FramingKind
}

/** One provider: where it lives and which dialects it speaks. Adding one is one file and one line in the registry. */
export interface Provider {
  id: string
  /** `https://api.openai.com`; may hold `{region}`-like parts only for interception. */
  origin: string
  /** Hosts that interception recognises as this provider: exact, or with `*` for one or more labels. */
  hosts: string[]
  dialects: Dialect[]
  /** `local`: free by declaration, on this machine. */
  billing: 'metered' | 'local'
  /** Name of the provider in the price dataset; null when it has none there. */
  priceProvider: string | null
  /** Paths that differ between clients, made one: `/messages` and `/v1/v1/messages` → `/v1/messages`. Identity by default. */
  normalizePath?(path: string): string
  /** Body members or headers that carry the key, in order; the value is only ever fingerprinted. */
  keyHeaders: string[]
}

/** The body is not what the API takes: shown to the developer as `bad-request`. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest'
}
