/** `opaque`: nothing in it can be read (audio, images, HTML); it gives no frames. */
export type FramingKind = 'json' | 'json-lines' | 'json-array' | 'sse' | 'aws-event-stream' | 'opaque'

/** One parsed value of a response: a whole plain body, or one event of a stream. */
export interface Frame {
  /** `body` goes to `UsageReader.body`, `event` to `UsageReader.event`. */
  type: 'body' | 'event'
  /** The SSE event name or the AWS event type, null when there is none. */
  name: string | null
  /** Parsed JSON, or the text itself where it is no JSON (`[DONE]`). */
  value: unknown
  /**
   * Byte range of the event, its terminator included, counted from the start of the chunk that was just pushed.
   * `start` is negative when the event began in an earlier chunk.
   */
  start: number
  end: number
}

/**
 * Cuts a response into values, whatever the chunks it arrives in. Reads beside the bytes, never alters them, and never
 * throws on what a provider sends: what is not a frame is skipped. Memory is bounded by the limits below.
 */
export interface Framing {
  /** May change once, at the first byte, when the content type did not tell (see createFraming). */
  readonly kind: FramingKind
  push(bytes: Uint8Array): Frame[]
  /** The connection ended: what was still open. Ranges count from the end of the last chunk. */
  finish(): Frame[]
  /** Whether all bytes so far ended with a complete event, so that another may legally follow. */
  readonly atBoundary: boolean
  /** Offset in the chunk just pushed after its last complete event, -1 when none ended in it. */
  readonly boundary: number
}

/** The most that one event may hold before it is skipped: 8 MiB, an image in base64 with room to spare. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024
/** The most of a plain body that is parsed whole: 32 MiB, a dozen images. Of a longer one only its usage is looked for. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
/** What is kept of a longer body's end: providers report usage last. */
export const BODY_TAIL_BYTES = 64 * 1024

/** A response without anything to read. It has no state, so that one is enough. */
export const OPAQUE: Framing = {
  kind: 'opaque',
  push: () => [],
  finish: () => [],
  atBoundary: true,
  boundary: -1,
}
