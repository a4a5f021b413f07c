import type { Ending } from '../../../shared/calls/call.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { parseJson } from '../../core/metering/framing/parse-json.ts'
import { type JsonObject, objectOf } from '../../core/metering/framing/lenient-json.ts'
import type { ModelRequest } from '../../core/providers/types/provider.ts'
import type { ClientFrame, SocketConversation } from '../../core/providers/sockets/socket-dialect.ts'
import { editBody } from '../passage/edit-body.ts'
import type { RunningCall } from '../passage/running-call.ts'
import { type EnterParts, type Entry, enterCall, releaseUnsent, type Sent, type SocketOrigin } from './enter-call.ts'

/** The two ends of a socket, as the calls on it see them. */
export interface SocketEnds {
  toClient(text: string): void
  /** Reaches the provider, over a new connection where the last one was dropped. */
  toUpstream(text: string): Promise<void> | void
  /** Ends the provider's side at once; the client's stays open. */
  dropUpstream(): void
  /** Something was thrown where nobody waits for it. */
  failed(error: unknown): void
}

export type SocketCallParts = EnterParts & { newCallId(): string }

/** After a refusal, sound that would start a response is dropped for so long before it is asked again. */
const ASK_AGAIN_MS = 5_000
/**
 * The calls on one socket: each goes through the same preparation, admission, metering and closing as one over HTTP.
 * A frame that starts a response waits for its admission, and the frames behind it wait with it.
 */
export class SocketCalls {
  readonly #parts: SocketCallParts
  readonly #origin: SocketOrigin
  readonly #conversation: SocketConversation
  readonly #ends: SocketEnds
  readonly #gone = new AbortController()
  /** Sent and not begun, in the order in which the provider takes them. */
  readonly #waiting: Sent[] = []
  readonly #running = new Map<string, Sent>()
  /** Admitted for a response that the provider may start by itself. */
  #ahead: Sent | null = null
  /** Between its arrival and its admission; it stays when something is thrown there. */
  #entering: string | null = null
  #silentUntilMs = 0
  #watched: AbortSignal | null = null
  readonly #onKilled = () => void this.#cutAll().catch((error: unknown) => this.#ends.failed(error))
  #onIdle: (() => void)[] = []

  constructor(parts: SocketCallParts, origin: SocketOrigin, conversation: SocketConversation, ends: SocketEnds) {
    this.#parts = parts
    this.#origin = origin
    this.#conversation = conversation
    this.#ends = ends
  }

  get busy(): boolean {
    return this.#waiting.length > 0 || this.#running.size > 0
  }

  whenIdle(): Promise<void> {
    return this.busy ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve()
  }

  async fromClient(text: string): Promise<void> {
    const frame = objectOf(parseJson(text))
    const meaning = this.#conversation.readClient(frame)
    switch (meaning.kind) {
      case 'other':
        return this.#ends.toUpstream(text)
      case 'may-start':
        return (await this.#admitAhead(meaning, frame, text)) ? this.#ends.toUpstream(text) : undefined
      case 'call':
        return this.#start(meaning, frame, text)
    }
  }

  async fromUpstream(text: string): Promise<void> {
    const frame = objectOf(parseJson(text))
    const meaning = this.#conversation.readServer(frame)
    switch (meaning.kind) {
      case 'other':
        return this.#ends.toClient(text)
      case 'started': {
        const sent =
          this.#waiting.shift() ?? this.#takeAhead() ?? (await this.#adopt(meaning.request(), meaning.responseId))
        if (meaning.responseId !== null) this.#running.set(meaning.responseId, sent)
        return this.#observe(sent, frame, text)
      }
      case 'beside': {
        // It is made already: what it cost is all that is left to write down.
        const entry = await this.#enter(meaning.request(), {}, text, null)
        if (entry.kind === 'sent') return this.#observe(entry.sent, frame, text)
        return this.#ends.toClient(text)
      }
      case 'event':
        return this.#observe(
          meaning.responseId === null ? this.#waiting[0] : this.#running.get(meaning.responseId),
          frame,
          text,
        )
      case 'error': {
        // Without an id nobody knows what failed; a response that never comes is closed with the socket.
        const refused =
          meaning.eventId === null ? undefined : this.#waiting.find((sent) => sent.eventId === meaning.eventId)
        return this.#observe(refused, frame, text)
      }
    }
  }

  /** Nobody hears the rest: what runs is closed on what was seen. */
  async close(ending: Extract<Ending, 'client-left' | 'upstream-broke'>): Promise<void> {
    if (ending === 'client-left') this.#gone.abort()
    this.#watched?.removeEventListener('abort', this.#onKilled)
    this.#releaseAhead(ending)
    const open = [...this.#running.values(), ...this.#waiting]
    this.#running.clear()
    this.#waiting.length = 0
    await Promise.all(open.map(async ({ call }) => call?.close(ending)))
    this.#changed()
  }

  /** Which call it was that something was thrown in, as far as that can be known. */
  failingId(): string {
    const open = [...this.#running.values(), ...this.#waiting].find(({ call }) => call !== null)
    return this.#entering ?? open?.call?.prepared.call.callId ?? this.#parts.newCallId()
  }

  /** The gateway failed: what runs is closed on what was seen, and the client hears why in its dialect. */
  async fail(refusal: Refusal, callId: string): Promise<void> {
    this.#gone.abort()
    try {
      await this.close('upstream-broke')
    } finally {
      const { headers } = this.#origin.route.head
      this.#tell(this.#conversation.refuse({ refusal, callId, model: null, headers }, null))
    }
  }

  async #start(meaning: Extract<ClientFrame, { kind: 'call' }>, frame: JsonObject, text: string): Promise<void> {
    this.#releaseAhead('complete')
    const entry = await this.#enter(meaning.request, frame, text, meaning.eventId)
    if (entry.kind === 'gone') return
    if (entry.kind === 'refused') return this.#refuse(entry, meaning)
    const { sent, clampTo } = entry
    const outgoing = this.#outgoing(meaning.request, frame, text, sent, clampTo)
    this.#waiting.push(sent)
    await this.#ends.toUpstream(outgoing)
  }

  /** The client's text, with its maximum lowered where the budget wants it. */
  #outgoing(request: ModelRequest, frame: JsonObject, text: string, sent: Sent, clampTo: number | null): string {
    if (clampTo === null) return text
    try {
      const edit = this.#conversation.dialect.clamp?.(request, frame, clampTo) ?? null
      return edit ? editBody(Buffer.from(text), edit).toString() : text
    } catch (error) {
      if (sent.call) releaseUnsent(this.#parts, sent.call.prepared.call.callId)
      throw error
    }
  }

  /** False when no response may start, so the frame that could lead to one is not passed on. */
  async #admitAhead(
    meaning: Extract<ClientFrame, { kind: 'may-start' }>,
    frame: JsonObject,
    text: string,
  ): Promise<boolean> {
    if (this.#ahead) return true
    if (this.#parts.clock() < this.#silentUntilMs) return false
    const request = meaning.request()
    const entry = await this.#enter(request, frame, text, null)
    if (entry.kind === 'gone') return false
    if (entry.kind === 'refused') {
      this.#silentUntilMs = this.#parts.clock() + ASK_AGAIN_MS
      this.#refuse(entry, { request, eventId: null })
      return false
    }
    this.#ahead = entry.sent
    return true
  }

  /** A response that nobody announced: it is admitted while it begins already, and stopped when it may not be. */
  async #adopt(request: ModelRequest, responseId: string | null): Promise<Sent> {
    const entry = await this.#enter(request, {}, responseId ?? '', null)
    if (entry.kind === 'sent') return entry.sent
    if (entry.kind === 'refused') {
      const cancel = this.#conversation.cancel(responseId)
      if (cancel) await this.#ends.toUpstream(JSON.stringify(cancel))
      this.#refuse(entry, { request, eventId: null })
    }
    return { call: null, eventId: null, cut: true }
  }

  async #enter(request: ModelRequest, frame: JsonObject, text: string, eventId: string | null): Promise<Entry> {
    const { dialect } = this.#conversation
    const callId = this.#parts.newCallId()
    this.#entering = callId
    const asking = { callId, dialect, request, frame, text, eventId }
    const entry = await enterCall(this.#parts, this.#origin, asking, this.#gone.signal)
    this.#entering = null
    if (entry.kind === 'sent') this.#watchKillSwitch()
    return entry
  }

  async #observe(sent: Sent | undefined, frame: JsonObject, text: string): Promise<void> {
    const call = sent?.call
    if (!sent || !call) {
      if (sent && isOver(frame)) this.#remove(sent)
      return this.#ends.toClient(text)
    }
    call.arrived()
    call.take({ type: 'event', name: null, value: frame })
    if (call.reading.done) {
      this.#remove(sent)
      await call.close(sent.cut ? 'cut' : 'complete')
    }
    this.#ends.toClient(text)
    if (!call.reading.done && !sent.cut && call.outgrown()) await this.#cut(sent, call)
  }

  async #cut(sent: Sent, call: RunningCall): Promise<void> {
    const { responseId } = call.reading
    const cancel = this.#conversation.cancel(responseId)
    if (cancel) {
      sent.cut = true
      await this.#ends.toUpstream(JSON.stringify(cancel))
      return this.#tell(this.#cutEvents(call))
    }
    this.#ends.dropUpstream()
    // What was sent behind it goes down with the connection.
    for (const lost of new Set([sent, ...this.#waiting])) {
      const events = lost.call ? this.#cutEvents(lost.call) : []
      this.#remove(lost)
      await lost.call?.close('cut')
      this.#tell(events)
    }
  }

  /** The kill switch does not wait for the next event: a response may think for minutes before it says anything. */
  #watchKillSwitch(): void {
    const { killed } = this.#parts.books.traffic
    if (killed === this.#watched) return
    this.#watched?.removeEventListener('abort', this.#onKilled)
    this.#watched = killed
    killed.addEventListener('abort', this.#onKilled, { once: true })
  }

  async #cutAll(): Promise<void> {
    for (const sent of [...this.#running.values(), ...this.#waiting]) {
      if (sent.call && !sent.cut && !sent.call.reading.done) await this.#cut(sent, sent.call)
    }
  }

  /** Asked for while the call still holds: its budget is what the sentence is about. */
  #cutEvents(call: RunningCall): readonly JsonObject[] {
    const { context, streamed } = call.cutFacts('json')
    return this.#conversation.cut(context, streamed)
  }

  #tell(events: readonly JsonObject[]): void {
    for (const event of events) this.#ends.toClient(JSON.stringify(event))
  }

  #refuse(
    { refusal, callId }: Extract<Entry, { kind: 'refused' }>,
    { request, eventId }: { request: ModelRequest; eventId: string | null },
  ): void {
    const { headers } = this.#origin.route.head
    this.#tell(this.#conversation.refuse({ refusal, callId, model: request.model, headers }, eventId))
  }

  #takeAhead(): Sent | null {
    const ahead = this.#ahead
    this.#ahead = null
    return ahead
  }

  #releaseAhead(ending: Ending): void {
    const ahead = this.#takeAhead()
    if (ahead?.call) this.#parts.books.release(ahead.call.prepared.call.callId, 'no response was made', null, ending)
  }

  #remove(sent: Sent): void {
    const index = this.#waiting.indexOf(sent)
    if (index >= 0) this.#waiting.splice(index, 1)
    for (const [id, running] of this.#running) if (running === sent) this.#running.delete(id)
    this.#changed()
  }

  #changed(): void {
    if (this.busy) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}

/** The last event of a response, in both dialects. */
function isOver({ type }: JsonObject): boolean {
  return typeof type === 'string' && /^(?:error|response\.(?:completed|incomplete|failed|done))$/.test(type)
}
