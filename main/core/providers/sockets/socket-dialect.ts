import type { JsonObject } from '../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest, RefusalContext, RequestHead, StreamedSoFar } from '../types/provider.ts'

/** One API that is spoken over a WebSocket: many calls one after another, each event a text frame of JSON. */
export interface SocketDialect {
  /** As it stands in call records. */
  api: string
  /** Whether a handshake asks for it. */
  matches(head: RequestHead): boolean
  /** A fresh conversation for one socket. */
  open(head: RequestHead): SocketConversation
}

/** What a frame of the client's means for admission. */
export type ClientFrame =
  /** It starts a response, so it has to be admitted first. */
  | { kind: 'call'; request: ModelRequest; eventId: string | null }
  /** It may lead to a response that the provider starts by itself: one has to be admitted before it is passed on. */
  | { kind: 'may-start'; request(): ModelRequest }
  | { kind: 'other' }

/** What a frame of the provider's says of which response. */
export type ServerFrame =
  /** A response has begun: `started` pairs it with the call that is waiting for it. */
  | { kind: 'started'; responseId: string | null; request(): ModelRequest }
  /** An event of a running response; without an id it is the one that runs. */
  | { kind: 'event'; responseId: string | null }
  /** An error that belongs to a frame of the client's, or to nothing that we know. */
  | { kind: 'error'; eventId: string | null }
  /** The end of something that is charged beside the responses, and was never announced: one whole call. */
  | { kind: 'beside'; request(): ModelRequest }
  | { kind: 'other' }

/**
 * What is said on one socket, understood. Stateful but pure: it remembers what the provider keeps for the session, so
 * that a frame that shows only the last sentence is not taken for the whole prompt.
 */
export interface SocketConversation {
  /** For readers, limits and records of its calls. */
  readonly dialect: Dialect
  readClient(frame: JsonObject): ClientFrame
  readServer(frame: JsonObject): ServerFrame
  /** The refusal of a call, as frames; the socket stays open. `eventId`: the client's frame that is refused. */
  refuse(context: RefusalContext, eventId: string | null): readonly JsonObject[]
  /** Frames that end a running response for the client. */
  cut(context: RefusalContext, streamed: StreamedSoFar): readonly JsonObject[]
  /** The frame that makes the provider stop a response; null where only a closed connection does. */
  cancel(responseId: string | null): JsonObject | null
}
