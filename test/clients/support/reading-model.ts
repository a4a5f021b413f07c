import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { translateMove } from '../../fixtures/agents/clients/command-line.ts'
import type { Answer, Asked } from '../../fixtures/agents/dialects/dialect.ts'
import { responseEvents, responsesDialect } from '../../fixtures/agents/dialects/responses.ts'

/** What the far end was really sent, and what for. */
export interface Reading {
  purpose: 'work' | 'summary' | 'title'
  inputTokens: number
}

const SUMMARY = 'SUMMARY: the files up to here hold lines of numbers.'
/** Shorter requests without tools ask for a title. */
const TITLE_CHARS = 3_000

/**
 * A provider whose model reads one file after the other, whatever has become of its history: a conversation that grows
 * by real tool results until somebody shortens it. Speaks Responses by HTTP and by WebSocket, and makes summaries.
 */
export class ReadingModel {
  readonly seen: Reading[] = []
  read = 0
  readonly #files: readonly string[]
  readonly #folder: string
  #answers = 0
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method !== 'POST' || !responsesDialect.matches(request.url ?? '')) {
        response.writeHead(request.method === 'GET' ? 200 : 404, { 'content-type': 'application/json' })
        response.end('{"object":"list","data":[]}')
        return
      }
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
      const asked = responsesDialect.read(body, '')
      const answer = this.#answer(asked, body)
      response.writeHead(200, { 'content-type': asked.stream ? 'text/event-stream' : 'application/json' })
      response.end(
        asked.stream
          ? responsesDialect.stream(asked, answer).join('')
          : JSON.stringify(responsesDialect.plain(asked, answer)),
      )
    })
  })

  constructor(folder: string, files: readonly string[]) {
    this.#folder = folder
    this.#files = files
    const sockets = new WebSocketServer({ noServer: true })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      sockets.handleUpgrade(request, socket, head, (end) =>
        end.on('message', (data: Buffer) => {
          const { type, ...body } = JSON.parse(data.toString('utf8')) as Record<string, unknown>
          if (type === 'response.create') for (const event of this.#frames(body)) end.send(JSON.stringify(event))
        }),
      ),
    )
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #frames(body: Record<string, unknown>): Record<string, unknown>[] {
    const asked = responsesDialect.read(body, '')
    const events: Record<string, unknown>[] = responseEvents(asked, this.#answer(asked, body))
    if (!compacts(body)) return events.map((event, at) => ({ ...event, sequence_number: at }))
    // The shorter history is an item of its own, which only the provider can read.
    const item = { type: 'compaction', id: `cmp_${this.#answers}`, encrypted_content: SUMMARY }
    const [first, last] = [events[0] ?? {}, events.at(-1) ?? {}]
    const done = { ...last, response: { ...(last['response'] as object), output: [item] } }
    return [
      first,
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      done,
    ].map((event, at) => ({ ...event, sequence_number: at }))
  }

  #answer(asked: Asked, body: Record<string, unknown>): Answer {
    this.#answers += 1
    const answer = { id: `r${this.#answers}`, move: {}, inputTokens: 0, cachedTokens: 0, outputTokens: 0 }
    // A warm-up makes nothing and costs nothing.
    if (body['generate'] === false) return answer
    const chars = JSON.stringify(asked.messages).length + JSON.stringify(body['tools'] ?? []).length
    const inputTokens = Math.ceil(chars / 4)
    const purpose = compacts(body)
      ? 'summary'
      : asked.tools.length > 0
        ? 'work'
        : chars > TITLE_CHARS
          ? 'summary'
          : 'title'
    this.seen.push({ purpose, inputTokens })
    const move =
      purpose === 'work' ? this.#next(asked) : compacts(body) ? {} : { say: purpose === 'title' ? 'A title' : SUMMARY }
    return { ...answer, move, inputTokens, outputTokens: 40 }
  }

  #next(asked: Asked) {
    const file = this.#files[this.read]
    if (file === undefined) return { say: 'ALL-FILES-ARE-READ' }
    this.read += 1
    const call = { name: 'read_file', arguments: { path: file } }
    return translateMove({ say: `Reading ${file}`, calls: [call] }, asked, this.#folder)
  }
}

function compacts({ input }: Record<string, unknown>): boolean {
  return Array.isArray(input) && input.some((item: { type?: string }) => item.type === 'compaction_trigger')
}
