import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { chatAnswer, chatChunk, type FarEnd, startFarEnd } from '../support/providers/far-end.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../support/load/raw-call.ts'

let harness: Harness
let farEnd: FarEnd
afterEach(async () => {
  await harness.stop()
  await farEnd.stop()
})

async function inFrontOf(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<string> {
  farEnd = await startFarEnd(answer)
  harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } } })
  return `${harness.url}/openai/v1`
}

const USAGE = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } })}\n\n`
/** A client that asks for usage itself: nothing is edited in either direction. */
const STREAMED = chat({ stream: true, stream_options: { include_usage: true } })

describe('a stream', () => {
  test('passes each chunk before the next one is made', async () => {
    let next = () => {}
    const url = await inFrontOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      const words = [' one', ' two', ' three']
      next = () => {
        const word = words.shift()
        if (word === undefined) response.end(`${USAGE}data: [DONE]\n\n`)
        else response.write(chatChunk(word))
      }
    })
    // The far end makes a chunk only when the one before was seen here: a proxy that keeps one back would hang.
    const request = startCall(`${url}/chat/completions`, STREAMED)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const seen: string[] = []
    next()
    for await (const chunk of response as AsyncIterable<Buffer>) {
      seen.push(chunk.toString())
      next()
    }
    expect(seen).toEqual([chatChunk(' one'), chatChunk(' two'), chatChunk(' three'), `${USAGE}data: [DONE]\n\n`])
    expect(harness.calls()).toMatchObject([
      { state: 'settled', usage: { uncachedInput: 7, output: 3, source: 'reported' } },
    ])
  })

  test("of 100 MB goes to a slow client at the client's pace, and byte for byte", async () => {
    const event = Buffer.from(chatChunk(' time'.repeat(4_000)))
    const count = Math.ceil(100_000_000 / event.length)
    const sent = createHash('sha256')
    let written = 0
    const url = await inFrontOf(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let index = 0; index < count; index += 1) {
        sent.update(event)
        written += event.length
        if (!response.write(event)) await once(response, 'drain')
      }
      response.end('data: [DONE]\n\n')
      sent.update('data: [DONE]\n\n')
    })
    const received = createHash('sha256')
    const request = startCall(`${url}/chat/completions`, STREAMED)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    let read = 0
    let furthestAhead = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received.update(chunk)
      read += chunk.length
      furthestAhead = Math.max(furthestAhead, written - read)
      await new Promise(setImmediate)
    }
    expect(received.digest('hex')).toBe(sent.digest('hex'))
    // What is under way between them: the buffers of four sockets, and never the stream.
    expect(furthestAhead).toBeLessThan(24_000_000)
  }, 60_000)

  test.each([
    [
      'comments, CRLF and fields of other kinds',
      `: hello\r\nevent: x\r\nid: 1\r\nretry: 5\r\n${chatChunk(' a').replaceAll('\n', '\r\n')}data: [DONE]\r\n\r\n`,
    ],
    ['text in many scripts, cut anywhere', `${chatChunk('héllo 世界 🌍')}${chatChunk('\u2028')}data: [DONE]\n\n`],
    ['what is no JSON', 'data: {broken\n\ndata: [DONE]\n\n'],
    ['no end of its last line', `${chatChunk(' a')}data: [DONE]`],
  ])('reaches the client as it was made: %s', async (_name, text) => {
    const bytes = Buffer.from(text)
    const url = await inFrontOf(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7))
        await new Promise(setImmediate)
      }
      response.end()
    })
    const answer = await answerOf(startCall(`${url}/chat/completions`, STREAMED))
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.complete).toBe(true)
  })
})

describe('a plain answer', () => {
  const text = JSON.stringify(
    chatAnswer('héllo', { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }),
    null,
    2,
  )

  test.each([
    ['as it is', undefined, Buffer.from(text)],
    ['gzip', 'gzip', gzipSync(text)],
    ['deflate', 'deflate', deflateSync(text)],
    ['brotli', 'br', brotliCompressSync(text)],
  ])('passes %s, byte for byte, and is metered', async (_name, encoding, bytes) => {
    const url = await inFrontOf((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...(encoding ? { 'content-encoding': encoding } : {}),
      })
      response.end(bytes)
    })
    const answer = await answerOf(
      startCall(`${url}/chat/completions`, chat(), { headers: { 'accept-encoding': 'gzip, br' } }),
    )
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(farEnd.requests[0]?.request.headers['accept-encoding']).toBe('identity')
    expect(harness.calls()).toMatchObject([
      { state: 'settled', usage: { uncachedInput: 7, output: 3, source: 'reported' } },
    ])
  })

  test('a compressed stream that its upstream sends all the same is metered too', async () => {
    const bytes = gzipSync(`${chatChunk(' a')}${USAGE}data: [DONE]\n\n`)
    const url = await inFrontOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      response.end(bytes)
    })
    expect((await answerOf(startCall(`${url}/chat/completions`, STREAMED))).body.equals(bytes)).toBe(true)
    expect(harness.calls()).toMatchObject([
      { state: 'settled', usage: { uncachedInput: 7, output: 3, source: 'reported' } },
    ])
  })
})

describe('connections', () => {
  const plain = Buffer.from(JSON.stringify(chatAnswer('hi')))

  test('one that ends under a call is told of: nobody knows whether the call was read, so it is not sent again', async () => {
    const used = new Set<unknown>()
    const url = await inFrontOf((request, response) => {
      if (used.has(request.socket)) return request.socket.destroy()
      used.add(request.socket)
      response.end(plain)
    })
    const send = () => answerOf(startCall(`${url}/chat/completions`, chat()))
    expect((await send()).status).toBe(200)
    await expect(send()).rejects.toThrow()
    expect((await send()).status).toBe(200)
    expect(farEnd.requests).toHaveLength(3)
    expect(harness.calls().map((call) => call.ending)).toEqual(['complete', 'upstream-broke', 'complete'])
  })

  test('is kept open to the upstream from call to call', async () => {
    const url = await inFrontOf((_request, response) => response.end(plain))
    for (let call = 0; call < 5; call += 1) await answerOf(startCall(`${url}/chat/completions`, chat()))
    expect(new Set(farEnd.requests.map(({ request }) => request.socket.remotePort)).size).toBe(1)
  })
})

describe('what is no call', () => {
  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('%s passes, with its query and its headers', async (method) => {
    const url = await inFrontOf((_request, response) => {
      response.writeHead(207, { 'content-length': '2', 'x-theirs': 'yes' })
      response.end('ok')
    })
    const request = httpRequest(`${url}/files/a%20b?purpose=x&n=1`, {
      method,
      headers: { authorization: 'Bearer k', 'x-allowance-project': 'web' },
    })
    request.end()
    const answer = await answerOf(request)
    expect(answer).toMatchObject({ status: 207, complete: true })
    expect(answer.headers['x-theirs']).toBe('yes')
    expect(answer.body.toString()).toBe(method === 'HEAD' ? '' : 'ok')
    const [sent] = farEnd.requests
    expect(sent?.request).toMatchObject({ method, url: '/v1/files/a%20b?purpose=x&n=1' })
    expect(sent?.request.headers.authorization).toBe('Bearer k')
    expect(sent?.request.headers).not.toHaveProperty('x-allowance-project')
    expect(harness.calls()).toEqual([])
  })

  test('an upload in chunks passes as it comes', async () => {
    const url = await inFrontOf((_request, response, body) =>
      response.end(createHash('sha256').update(body).digest('hex')),
    )
    const upload = Buffer.alloc(5_000_000, 'allowance')
    const request = httpRequest(`${url}/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
    })
    for (let at = 0; at < upload.length; at += 100_000) request.write(upload.subarray(at, at + 100_000))
    request.end()
    expect((await answerOf(request)).body.toString()).toBe(createHash('sha256').update(upload).digest('hex'))
  })
})

describe('how a request may come', () => {
  test.each([
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['asking whether it may', { expect: '100-continue' }],
    ['on a connection that ends with it', { connection: 'close' }],
  ])('%s: its bytes arrive as they were', async (_name, headers) => {
    const url = await inFrontOf((_request, response) => response.end(JSON.stringify(chatAnswer('hi'))))
    const body = '{ "model":"gpt-4o",\n\t"messages" : [{"role":"user","content":"h\\u00e9llo 世界"}] , "n":1.0 }'
    const answer = await answerOf(startCall(`${url}/chat/completions`, body, { headers }))
    expect(answer.status).toBe(200)
    expect(farEnd.requests[0]?.body.toString()).toBe(body)
    expect(farEnd.requests[0]?.request.headers['content-length']).toBe(String(Buffer.byteLength(body)))
  })
})
