// The load: plain sockets and a parser that knows just enough, so that the client costs little beside what it measures.
import { connect } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')
const STREAM_END = Buffer.from('\r\n0\r\n\r\n')

/** An agent's request: its history is the same from turn to turn, and only the last message is new. */
export function createBody(bytes, { stream = false, chunks = 0 } = {}) {
  const sentence = 'The quick brown fox jumps over the lazy dog while 42 tests pass. '
  const history = Array.from({ length: Math.max(1, Math.ceil(bytes / 1_100)) }, (_, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: `${index}: ${sentence.repeat(16)}`.slice(0, 1_050),
  }))
  const marked = JSON.stringify({
    model: 'gpt-4o',
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    messages: [...history, { role: 'user', content: `turn @@@@@@@@ wants ${chunks} chunks` }],
  })
  const body = Buffer.from(marked)
  const at = body.lastIndexOf('@@@@@@@@')
  return {
    length: body.length,
    /** The body of a turn; the same memory each time. */
    turn(number) {
      body.write(String(number).padStart(8, '0'), at, 'latin1')
      return body
    },
  }
}

/** A conversation that grows: each turn sends all of its history and a kilobyte that is new. */
export function createConversation(bytes, name) {
  const sentence = 'The quick brown fox jumps over the lazy dog while 42 tests pass. '
  const message = (index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: `${name}, ${index}: ${sentence.repeat(16)}`.slice(0, 500),
  })
  const messages = Array.from({ length: Math.max(1, Math.ceil(bytes / 540)) }, (_, index) => message(index))
  return {
    next() {
      messages.push(message(messages.length), message(messages.length + 1))
      return Buffer.from(JSON.stringify({ model: 'gpt-4o', messages }))
    },
  }
}

/** One connection that makes one call after the other. */
export class Client {
  #target
  #socket = null
  #onData = () => {}
  #onEnd = () => {}

  constructor(target) {
    this.#target = target
  }

  async open() {
    const { hostname, port } = new URL(this.#target.url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    socket.on('data', (bytes) => this.#onData(bytes))
    const end = (error) => this.#onEnd(error ?? new Error('the connection was closed'))
    socket.on('error', end)
    socket.on('close', () => end())
    this.#socket = socket
    return this
  }

  close() {
    this.#onEnd = () => {}
    this.#socket?.destroy()
  }

  /** Resolves when the answer is whole; `onChunk` hears of every arrival. Rejects when it is no 200. */
  call(body, onChunk = null) {
    const { pathname, host } = new URL(this.#target.url)
    const head =
      `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n` +
      Object.entries(this.#target.headers ?? {})
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0)
      let bodyAt = -1
      let length = Number.NaN
      this.#onEnd = reject
      this.#onData = (bytes) => {
        onChunk?.()
        received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
        if (bodyAt < 0) {
          const end = received.indexOf(HEAD_END)
          if (end < 0) return
          bodyAt = end + 4
          const text = received.toString('latin1', 0, end)
          const status = Number(text.slice(9, 12))
          if (status !== 200) return reject(new Error(`status ${status}: ${received.toString('utf8', bodyAt)}`))
          length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN)
        }
        const isWhole = Number.isNaN(length)
          ? received.subarray(-STREAM_END.length).equals(STREAM_END)
          : received.length - bodyAt >= length
        if (isWhole) resolve()
        // Of a long stream only the end is wanted.
        else if (Number.isNaN(length) && received.length - bodyAt > 64)
          received = Buffer.concat([received.subarray(0, bodyAt), received.subarray(-64)])
      }
      this.#socket.write(`${head}\r\n`)
      this.#socket.write(body)
    })
  }
}

/** Milliseconds of each of so many calls, one after the other on one connection. */
export async function oneByOne(target, body, calls, firstTurn) {
  const client = await new Client(target).open()
  const times = []
  for (let call = 0; call < calls; call += 1) {
    const startedAt = performance.now()
    await client.call(body.turn(firstTurn + call))
    times.push(performance.now() - startedAt)
  }
  client.close()
  return times
}

/** Calls a second of many connections that have nothing else to do. */
export async function crowd(target, body, connections, calls, firstTurn) {
  const clients = await Promise.all(Array.from({ length: connections }, () => new Client(target).open()))
  let turn = firstTurn
  const startedAt = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      while (turn < firstTurn + calls) await client.call(Buffer.from(body.turn(turn++)))
    }),
  )
  const perSecond = calls / ((performance.now() - startedAt) / 1_000)
  for (const client of clients) client.close()
  return perSecond
}

/** Many streams at once: the longest silence between two arrivals of any of them, in milliseconds. */
export async function streams(target, body, count, firstTurn) {
  const clients = await Promise.all(Array.from({ length: count }, () => new Client(target).open()))
  let worstMs = 0
  await Promise.all(
    clients.map(async (client, index) => {
      // Started over one second, as people do.
      await new Promise((resolve) => setTimeout(resolve, (index * 1_000) / count))
      let lastAt = null
      await client.call(Buffer.from(body.turn(firstTurn + index)), () => {
        const now = performance.now()
        if (lastAt !== null) worstMs = Math.max(worstMs, now - lastAt)
        lastAt = now
      })
      client.close()
    }),
  )
  return worstMs
}
