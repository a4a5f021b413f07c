import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chatAnswer, chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

/** Clients that do what HTTP allows and few do. */
let farEnd: FarEnd
let harness: Harness

beforeEach(async () => {
  farEnd = await startFarEnd((_request, response, body) => {
    const { user } = JSON.parse(body.toString()) as { user: string }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(chatAnswer(`for ${user}`)))
  })
  harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } } })
})
afterEach(async () => {
  await harness.stop()
  await farEnd.stop()
})

function requestOf(user: string, extra: Record<string, unknown> = {}): string {
  const body = JSON.stringify({ model: 'gpt-4o', user, messages: [{ role: 'user', content: 'hi' }], ...extra })
  return `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(harness.url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/** The end of what arrives, as soon as it fits. */
async function readUntil(socket: Socket, holds: (text: string) => boolean): Promise<string> {
  let text = ''
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    text = (text + bytes.toString()).slice(-10_000)
    if (holds(text)) break
  }
  return text
}

describe('a client', () => {
  test('that sends its next requests before it has read an answer gets all of them in order', async () => {
    const socket = await dial()
    socket.write(['a', 'b', 'c'].map((user) => requestOf(user)).join(''))
    const text = await readUntil(socket, (seen) => seen.includes('for c'))
    expect([...text.matchAll(/for (\w)/g)].map(([, user]) => user)).toEqual(['a', 'b', 'c'])
    expect(harness.calls().map(({ state }) => state)).toEqual(['settled', 'settled', 'settled'])
  })

  test('that closes its half of the connection has left: nobody goes on generating for it', async () => {
    await farEnd.stop()
    await harness.stop()
    let stopped: () => void = () => {}
    const isStopped = new Promise<void>((resolve) => (stopped = resolve))
    let client: Socket | null = null
    farEnd = await startFarEnd((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.on('close', stopped)
      response.write(chatChunk(' word'), () => client?.end())
    })
    harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } } })
    client = await dial()
    client.write(requestOf('a', { stream: true }))
    client.resume()
    await isStopped
    expect(await harness.waitFor(({ endedAt }) => endedAt !== null)).toMatchObject({ ending: 'client-left' })
  })

  test('that does not read holds its provider back, and memory with it', async () => {
    const piece = chatChunk(' word'.repeat(20_000))
    const PIECES = 200
    let written = 0
    let isStuck: () => void = () => {}
    const stuck = new Promise<void>((resolve) => (isStuck = resolve))
    await harness.stop()
    await farEnd.stop()
    farEnd = await startFarEnd((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = () => {
        while (written < PIECES) {
          written += 1
          if (response.write(piece)) continue
          // Nobody takes it: the far end waits, as providers do.
          const patience = setTimeout(isStuck, 1_000)
          response.once('drain', () => {
            clearTimeout(patience)
            more()
          })
          return
        }
        response.end('data: [DONE]\n\n')
      }
      more()
    })
    harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } } })
    const socket = await dial()
    socket.pause()
    socket.write(requestOf('a', { stream: true }))
    await stuck
    // What the kernel's buffers of two connections hold, and little more.
    expect(written).toBeLessThan(PIECES * 0.75)
    socket.resume()
    await readUntil(socket, (seen) => seen.includes('[DONE]'))
    expect(written).toBe(PIECES)
    expect(await harness.waitFor(({ endedAt }) => endedAt !== null)).toMatchObject({ ending: 'complete' })
  })

  /** Two readings of where a body ends: who sends them wants the rest to be taken for a request of its own. */
  test.each([
    ['two lengths', 'content-length: 4\r\ncontent-length: 400'],
    ['a length and chunks', 'content-length: 4\r\ntransfer-encoding: chunked'],
    ['chunks and a length', 'transfer-encoding: chunked\r\ncontent-length: 4'],
    ['chunks in an odd coding', 'transfer-encoding: xchunked'],
    ['chunks twice', 'transfer-encoding: chunked, chunked\r\ncontent-length: 4'],
    ['a length that is none', 'content-length: +4'],
    ['a length with a space before its colon', 'content-length : 4'],
    ['a header without an end', 'content-length: 4\nx: y'],
  ])('that hides a request behind %s is refused, and nothing of it goes on', async (_name, fields) => {
    const socket = await dial()
    socket.write(
      `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${fields}\r\n\r\n0\r\n\r\n${requestOf('hidden')}`,
    )
    expect(await readUntil(socket, (seen) => seen.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 400 /)
    const other = await dial()
    other.write(requestOf('other'))
    await readUntil(other, (seen) => seen.includes('for other'))
    expect(farEnd.requests).toHaveLength(1)
    expect(harness.calls()).toHaveLength(1)
  })
})
