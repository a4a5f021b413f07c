import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

type Frame = Record<string, unknown> & { type: string }

/** What the fake does with one response. */
export interface SocketScript {
  inputTokens: number
  /** Words of one token each. */
  outputTokens: number
  /** How many of them a delta has; 1 by default. */
  step?: number
  /** Stops after so many words and waits for what the client does; null goes on to the end. */
  pauseAfter?: number | null
  usage?: Record<string, unknown>
}

/** A far end that speaks the two WebSocket APIs, and keeps its own tally of frames. */
export class SocketFake {
  /** Every frame that arrived, as the bytes came. */
  readonly frames: { text: string; frame: Frame }[] = []
  readonly handshakes: IncomingMessage[] = []
  readonly closes: { code: number }[] = []
  /** Responses that were made to their end. */
  readonly billed: { inputTokens: number; outputTokens: number }[] = []
  script: SocketScript = { inputTokens: 100, outputTokens: 20 }
  /** Answers the handshake with this status instead. */
  refuseWith: { status: number; body: string } | null = null
  readonly sockets = new Set<WebSocket>()
  readonly #server = createServer((_request, response) => response.writeHead(404).end())
  readonly #wss = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } })
  #listeners: (() => void)[] = []
  #responses = 0

  constructor() {
    this.#wss.on('headers', (headers) => headers.push('x-turn-state: kept'))
    this.#server.on('upgrade', (request, socket: Socket, head) => this.accept(request, socket, head))
  }

  /** A handshake, here or on somebody else's port. */
  accept(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.handshakes.push(request)
    if (this.refuseWith) {
      const { status, body } = this.refuseWith
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
      return
    }
    this.#wss.handleUpgrade(request, socket, head, (end) => this.#serve(end, request))
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Resolves when it holds; looked at after every frame and close. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        this.#listeners = this.#listeners.filter((listener) => listener !== look)
        resolve()
      }
      this.#listeners.push(look)
    })
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #serve(end: WebSocket, request: IncomingMessage): void {
    this.sockets.add(end)
    const realtime = /\/realtime/.test(request.url ?? '')
    const say = (frame: Record<string, unknown>) => end.send(JSON.stringify(frame))
    if (realtime)
      say({
        type: 'session.created',
        event_id: 'e1',
        session: { id: 'sess_1', type: 'realtime', model: 'gpt-realtime', output_modalities: ['text'] },
      })
    end.on('message', (data: Buffer) => {
      const text = data.toString('utf8')
      const frame = JSON.parse(text) as Frame
      this.frames.push({ text, frame })
      if (frame.type === 'response.create') {
        if (realtime) this.respondRealtime(say)
        else this.#respond(say, frame)
      }
      if (frame.type === 'input_audio_buffer.commit') this.respondRealtime(say)
      if (frame.type === 'test.say') say(frame['frame'] as Record<string, unknown>)
      if (frame.type === 'response.cancel') say(this.#realtimeDone(String(frame['response_id']), 'cancelled', 7))
      this.#changed()
    })
    end.on('close', (code) => {
      this.sockets.delete(end)
      this.closes.push({ code })
      this.#changed()
    })
  }

  #respond(say: (frame: Record<string, unknown>) => void, frame: Frame): void {
    const { script } = this
    this.#responses += 1
    const id = `resp_${this.#responses}`
    const response = (status: string, usage: unknown) => ({
      id,
      object: 'response',
      status,
      model: String(frame['model']),
      output: [],
      error: null,
      incomplete_details: null,
      usage,
    })
    const usage = script.usage ?? {
      input_tokens: script.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: script.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 0,
    }
    say({ type: 'response.created', sequence_number: 0, response: response('in_progress', null) })
    if (frame['generate'] !== false) {
      for (let index = 0; index < script.outputTokens; index += script.step ?? 1) {
        if (index === script.pauseAfter) return
        say({
          type: 'response.output_text.delta',
          sequence_number: index + 1,
          item_id: 'm',
          output_index: 0,
          content_index: 0,
          delta: ' word'.repeat(script.step ?? 1),
        })
      }
    }
    if (frame['generate'] !== false)
      this.billed.push({ inputTokens: script.inputTokens, outputTokens: script.outputTokens })
    say({
      type: 'response.completed',
      sequence_number: 99,
      response: response('completed', frame['generate'] === false ? null : usage),
    })
  }

  respondRealtime(say: (frame: Record<string, unknown>) => void): void {
    const { script } = this
    this.#responses += 1
    const id = `resp_${this.#responses}`
    say({
      type: 'response.created',
      event_id: 'e',
      response: { id, object: 'realtime.response', status: 'in_progress', usage: null },
    })
    for (let index = 0; index < script.outputTokens; index += script.step ?? 1) {
      if (index === script.pauseAfter) return
      say({
        type: 'response.output_text.delta',
        event_id: 'e',
        response_id: id,
        item_id: 'm',
        delta: ' word'.repeat(script.step ?? 1),
      })
    }
    say(this.#realtimeDone(id, 'completed', script.outputTokens))
  }

  #realtimeDone(id: string, status: string, outputTokens: number): Record<string, unknown> {
    const usage = this.script.usage ?? {
      total_tokens: 0,
      input_tokens: this.script.inputTokens,
      output_tokens: outputTokens,
      input_token_details: { text_tokens: this.script.inputTokens, audio_tokens: 0, cached_tokens: 0 },
      output_token_details: { text_tokens: outputTokens, audio_tokens: 0 },
    }
    return {
      type: 'response.done',
      event_id: 'e',
      response: { id, object: 'realtime.response', status, status_details: null, output: [], usage },
    }
  }
}
