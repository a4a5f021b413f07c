import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { anthropicFake } from './fake/anthropic-fake.ts'
import { bedrockFake } from './fake/bedrock-fake.ts'
import { chatFake } from './fake/chat-fake.ts'
import { embeddingsFake } from './fake/embeddings-fake.ts'
import { type FakeDialect, type FakePlan, type FakeQuestion, wordsOf } from './fake/fake-dialect.ts'
import { filler } from './fake/filler.ts'
import { geminiFake } from './fake/gemini-fake.ts'
import { responsesFake } from './fake/responses-fake.ts'

/** How the fake answers. Every number may be a function of the question, so that a test can script it. */
export interface FakeBehaviour {
  /** Output tokens it would make if nothing limited it, hidden reasoning not counted. */
  outputTokens(question: FakeQuestion): number
  /** Reasoning that is billed as output and never shown. */
  hiddenTokens(question: FakeQuestion): number
  /** Input tokens it bills for. */
  inputTokens(question: FakeQuestion): number
  /** Of these, what its cache gives, and what it takes at a price of its own. */
  cachedTokens(question: FakeQuestion): number
  writtenTokens(question: FakeQuestion, cachedTokens: number): number
  /** Tokens of the next chunk of a stream. */
  chunkTokens(question: FakeQuestion): number
  /** From the request's arrival to the end of a complete answer. */
  latencyMs(question: FakeQuestion): number
  /** How long it goes on generating after the client has left. */
  afterAbortMs: number
  /** Words of the answer instead of filler, and a tool call it makes. */
  say?(question: FakeQuestion): { text?: string; toolCall?: { name: string; arguments: string } } | null
  /** Answers with an error instead. */
  fail?(question: FakeQuestion): { status: number; body: unknown; headers?: Record<string, string> } | null
  /** The share of the answer after which the connection breaks, without a farewell; null for a whole answer. */
  breakAt?(question: FakeQuestion): number | null
}

/** In nano-dollars per million tokens; what is left out costs what fresh input does. */
export interface FakeRates {
  input: number
  output: number
  cached?: number
  written?: number
}

/** What the fake knows of one request: its own word, independent of ours. */
export interface FakeRecord {
  id: string
  path: string
  model: string
  stream: boolean
  headers: IncomingMessage['headers']
  body: unknown
  inputTokens: number
  cachedTokens: number
  writtenTokens: number
  outputTokens: number
  /** Its last byte was handed to the socket. */
  finished: boolean
  aborted: boolean
}

const DEFAULTS: FakeBehaviour = {
  outputTokens: () => 120,
  hiddenTokens: () => 0,
  inputTokens: ({ estimatedInputTokens }) => estimatedInputTokens,
  cachedTokens: () => 0,
  writtenTokens: () => 0,
  chunkTokens: () => 8,
  latencyMs: () => 20,
  afterAbortMs: 0,
}

const DIALECTS: readonly FakeDialect[] = [
  chatFake,
  responsesFake,
  embeddingsFake,
  anthropicFake,
  geminiFake,
  bedrockFake,
]

/** A far end of the internet on loopback: speaks the dialects, generates at a pace, keeps its own tally of what it would bill. */
export class FakeProvider {
  readonly records: FakeRecord[] = []
  behaviour: FakeBehaviour
  /** Waited for after a request has arrived and before anything of its answer is made. */
  hold: (() => Promise<void>) | null = null
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  readonly #listeners = new Set<(record: FakeRecord) => void>()

  constructor(behaviour: Partial<FakeBehaviour> = {}) {
    this.behaviour = { ...DEFAULTS, ...behaviour }
  }

  async start(port = 0): Promise<string> {
    this.#server.keepAliveTimeout = 60_000
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return this.url
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What it would bill, in nano-dollars. */
  bill(rates: FakeRates): number {
    return this.records.reduce((sum, record) => {
      const fresh = record.inputTokens - record.cachedTokens - record.writtenTokens
      return (
        sum +
        (fresh * rates.input +
          record.cachedTokens * (rates.cached ?? rates.input) +
          record.writtenTokens * (rates.written ?? rates.input) +
          record.outputTokens * rates.output) /
          1_000_000
      )
    }, 0)
  }

  /** Takes WebSocket handshakes; without it they are answered as any GET. */
  onUpgrade(listener: (request: IncomingMessage, socket: Socket, head: Buffer) => void): void {
    this.#server.on('upgrade', listener)
  }

  /** Called when a request is over, answered or not. */
  onDone(listener: (record: FakeRecord) => void): void {
    this.#listeners.add(listener)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    } catch {
      return
    }
    const path = (request.url ?? '').split('?')[0] ?? ''
    const dialect = DIALECTS.find((candidate) => candidate.matches(path))
    if (request.method !== 'POST' || !dialect) {
      response.writeHead(request.method === 'GET' ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ object: 'list', data: [], path }))
      return
    }
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
    const question = dialect.read(path, body, request.headers)
    const failure = this.behaviour.fail?.(question) ?? null
    if (failure) {
      response.writeHead(failure.status, { 'content-type': 'application/json', ...failure.headers })
      response.end(JSON.stringify(failure.body))
      return
    }
    await this.hold?.()
    await this.#answer(dialect, question, request, response, body)
  }

  async #answer(
    dialect: FakeDialect,
    question: FakeQuestion,
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
  ): Promise<void> {
    const { behaviour } = this
    const hidden = dialect.makesOutput ? behaviour.hiddenTokens(question) : 0
    const scripted = behaviour.say?.(question) ?? null
    const wanted = dialect.makesOutput
      ? scripted
        ? wordsOf(scripted.text ?? '').length + (scripted.toolCall ? 20 : 0)
        : behaviour.outputTokens(question)
      : 0
    const limit = question.maxOutputTokens ?? Number.POSITIVE_INFINITY
    const hiddenMade = Math.min(hidden, limit)
    const visible = Math.max(0, Math.min(wanted, limit - hiddenMade))
    const inputTokens = behaviour.inputTokens(question)
    const cachedTokens = Math.min(inputTokens, behaviour.cachedTokens(question))
    const writtenTokens = Math.min(inputTokens - cachedTokens, behaviour.writtenTokens(question, cachedTokens))
    const record: FakeRecord = {
      id: `fake_${this.records.length + 1}_${Math.random().toString(36).slice(2, 8)}`,
      path: request.url ?? '',
      model: question.model,
      stream: question.stream,
      headers: request.headers,
      body,
      inputTokens,
      cachedTokens,
      writtenTokens,
      outputTokens: 0,
      finished: false,
      aborted: false,
    }
    this.records.push(record)
    const breakAt = behaviour.breakAt?.(question) ?? null
    const plan: FakePlan = {
      id: record.id,
      question,
      visible: breakAt === null ? visible : Math.floor(visible * breakAt),
      hidden: hiddenMade,
      cut: visible < wanted || hiddenMade < hidden,
      scripted,
      input: inputTokens,
      cached: cachedTokens,
      written: writtenTokens,
      breaks: breakAt !== null,
    }
    const latencyMs = behaviour.latencyMs(question) * (breakAt ?? 1)
    let left = false
    response.on('close', () => {
      if (!response.writableFinished) left = true
    })
    if (question.stream) await this.#stream(dialect, plan, record, response, latencyMs, () => left)
    else await this.#plain(dialect, plan, record, response, latencyMs, () => left)
    record.aborted = left
    for (const listener of this.#listeners) listener(record)
  }

  async #plain(
    dialect: FakeDialect,
    plan: FakePlan,
    record: FakeRecord,
    response: ServerResponse,
    latencyMs: number,
    left: () => boolean,
  ): Promise<void> {
    const total = plan.visible + plan.hidden
    const startedAt = Date.now()
    while (Date.now() - startedAt < latencyMs && !left())
      await delay(Math.max(1, Math.min(20, latencyMs - (Date.now() - startedAt))))
    if (left()) {
      // It made what it had time for, and a little more until it noticed.
      const spentMs = Math.min(latencyMs, Date.now() - startedAt + this.behaviour.afterAbortMs)
      record.outputTokens = Math.round((total * spentMs) / Math.max(1, latencyMs))
      return
    }
    record.outputTokens = total
    if (plan.breaks) return void response.destroy()
    const text = JSON.stringify(dialect.plain(plan))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
    response.end(text)
    record.finished = true
  }

  async #stream(
    dialect: FakeDialect,
    plan: FakePlan,
    record: FakeRecord,
    response: ServerResponse,
    latencyMs: number,
    left: () => boolean,
  ): Promise<void> {
    response.writeHead(200, { 'content-type': dialect.contentType ?? 'text/event-stream' })
    for (const text of dialect.begin(plan)) response.write(text)
    record.outputTokens = plan.hidden
    const words = wordsOf(plan.scripted?.text ?? '')
    const startedAt = Date.now()
    let leftAt: number | null = null
    for (let made = 0; made < plan.visible; ) {
      const step = Math.min(plan.visible - made, Math.max(1, this.behaviour.chunkTokens(plan.question)))
      const dueMs = (latencyMs * (made + step)) / plan.visible
      const waitMs = startedAt + dueMs - Date.now()
      if (waitMs > 0) await delay(waitMs)
      if (left()) leftAt ??= Date.now()
      if (leftAt !== null && Date.now() - leftAt >= this.behaviour.afterAbortMs) return
      const from = made
      made += step
      record.outputTokens += step
      if (leftAt === null)
        for (const text of dialect.delta(plan, plan.scripted ? words.slice(from, made).join('') : filler(from, step)))
          response.write(text)
    }
    if (leftAt !== null || left()) return
    if (plan.breaks) return void response.destroy()
    for (const text of dialect.end(plan)) response.write(text)
    response.end()
    record.finished = true
  }
}
