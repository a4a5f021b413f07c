import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decompressorFor } from '../../../../main/proxy/arrival/body/decompress.ts'
import { type Harness, startHarness } from '../../../support/gateway/gateway-harness.ts'

const usage = { prompt_tokens: 1234, completion_tokens: 210, total_tokens: 1444 }
const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o-mini-2024-07-18', ...fields })}\n\n`
const PLAIN = {
  json: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(200) }, finish_reason: 'stop' }],
    usage,
  }),
  sse: `${chunk({ choices: [{ index: 0, delta: { content: 'word ' } }] }).repeat(40)}${chunk({ choices: [], usage })}data: [DONE]\n\n`,
}
type Shape = keyof typeof PLAIN

/** Made of the above by `zstd -19`: not every Node that runs this can compress so. */
const ZSTD: Record<Shape, string> = {
  json: 'KLUv/QRofQUA4swlGWCvDug19A0B28RmuogAADb33HcMGOkwrBVZ9t6TYnO/CQPx9gpigL92RtxKT5WpqXpLsk/c9/CWb5yU8lxqafOWHWAotg7fdrZl+fa2sS+9Nx5+Skwdg59OvHfWNwH+moylxxD4OyXlR779GJwhuEcIhKOWVsfP9eQcXpoM17dbpj2lqbIMWk5o4bcPTpqq7PjIwzP0WAYAT23kWUBJ8ma6kAmXwaNUY2YTD6/vw1Q=',
  sse: 'KLUv/QRobQUAEkwlGUC1DmO3IwOA1llfw2mtNYunG9kjFuk42LkA4CgLkzSflNKinftwIIpDaRTEvIZvlftp7MoZdm/+RlTbDh0A+Jzve2CzzH2+8W2c67152ta1h8N8dy2e7jXz2q1TlurhESIeQ5TFUMQJT1fMMjYWfd66Nl+Hr/AmVQHnqa+FXbkKXS8F5cMT0cKu2lSqn7fTvWDSpjYGADhTyFMbeQqIiNurekZ53SDdSQY4v9No',
}
const ENCODINGS: [string, string, (text: string, shape: Shape) => Buffer][] = [
  ['gzip', 'gzip', (text) => gzipSync(text)],
  ['x-gzip in capitals', 'X-GZIP', (text) => gzipSync(text)],
  ['deflate as it is specified', 'deflate', (text) => deflateSync(text)],
  ['deflate without its wrapper', 'deflate', (text) => deflateRawSync(text)],
  ['br', 'br', (text) => brotliCompressSync(text)],
  ['zstd', 'zstd', (_, shape) => Buffer.from(ZSTD[shape], 'base64')],
  ['two on top of each other', 'br, gzip', (text) => gzipSync(brotliCompressSync(text))],
]

describe('what is unpacked', () => {
  it.each(ENCODINGS)('%s', async (_, encoding, pack) => {
    expect((await decompressorFor(encoding)?.(pack(PLAIN.json, 'json')))?.toString()).toBe(PLAIN.json)
  })
  it.each([undefined, '', 'identity'])('is nothing where the encoding is %s', (encoding) =>
    expect(decompressorFor(encoding)).toBeNull(),
  )
  it.each(['gzip', 'deflate', 'br', 'zstd', 'lzma'])('is never what is no %s', async (encoding) => {
    await expect(decompressorFor(encoding)?.(Buffer.from('\xff{"plain":1}', 'latin1'))).rejects.toThrow()
  })
  it.each([...ENCODINGS.filter(([name]) => !/capitals|two/.test(name))])(
    'ends at a limit: %s',
    async (_, encoding, pack) => {
      await expect(decompressorFor(encoding, 1_000)?.(pack(PLAIN.json, 'json'))).rejects.toMatchObject({
        code: 'ERR_BUFFER_TOO_LARGE',
      })
    },
  )
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('is what is whole of %s that breaks off', async (encoding, pack) => {
    const text = Array.from({ length: 5_000 }, (_, index) => `event ${index * 7919}\n`).join('')
    const packed = pack(text)
    const unpacked = await decompressorFor(encoding)?.(packed.subarray(0, packed.length - 2_000))
    expect(unpacked?.length).toBeGreaterThan(1_000)
    expect(text.startsWith(unpacked?.toString() ?? '!')).toBe(true)
  })
})

describe('an upstream that compresses although it was asked not to', () => {
  let gateway: Harness
  let upstream: Server
  let answer: { body: Buffer; encoding: string; type: string }
  beforeAll(async () => {
    upstream = createServer((request, response) => {
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': answer.type, 'content-encoding': answer.encoding })
        // In two pieces, cut where no encoding has a boundary.
        response.write(answer.body.subarray(0, 37))
        setImmediate(() => response.end(answer.body.subarray(37)))
      })
    })
    await once(upstream.listen(0, '127.0.0.1'), 'listening')
    gateway = await startHarness({
      settings: { upstreams: { openai: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` } },
    })
  })
  afterAll(async () => {
    await gateway.stop()
    upstream.close()
  })
  let count = 0
  afterEach(() => void (count += 1))

  function ask(stream: boolean): Promise<{ encoding: string | undefined; body: Buffer }> {
    const messages = [{ role: 'user', content: `hi ${count}` }]
    const asked = {
      model: 'gpt-4o-mini',
      messages,
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    }
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        authorization: 'Bearer k',
        'accept-encoding': 'gzip, br, zstd',
      }
      const request = httpRequest(
        `${gateway.url}/@session=s${count}/openai/v1/chat/completions`,
        { method: 'POST', headers },
        async (response) => {
          const parts: Buffer[] = []
          for await (const part of response) parts.push(part as Buffer)
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) })
        },
      )
      request.once('error', reject)
      request.end(JSON.stringify(asked))
    })
  }

  it.each(
    ENCODINGS.flatMap(([name, encoding, pack]) =>
      (['json', 'sse'] as const).map((shape) => [name, shape, encoding, pack] as const),
    ),
  )('reaches the client byte for byte and is metered exactly: %s, %s', async (_, shape, encoding, pack) => {
    const type = shape === 'json' ? 'application/json' : 'text/event-stream'
    answer = { body: pack(PLAIN[shape], shape), encoding, type }
    const got = await ask(shape === 'sse')
    expect(got.encoding).toBe(encoding)
    expect(got.body.equals(answer.body)).toBe(true)
    const record = await gateway.waitFor((one) => one.state === 'settled' && one.attribution.session === `s${count}`)
    expect(record).toMatchObject({
      usage: { uncachedInput: 1234, output: 210, source: 'reported' },
      // 1,234 at $0.15 and 210 at $0.60 per million.
      costUsd: '0.000311100',
      ending: 'complete',
    })
  })
})
