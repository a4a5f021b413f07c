import { describe, expect, test } from 'vitest'
import { decodeMessage, messageLength } from '../../../main/core/metering/framing/event-stream-message.ts'
import { crc32 } from '../../../main/core/metering/framing/crc32.ts'
import type { FramingKind } from '../../../main/core/metering/framing/frame.ts'
import type { Dialect } from '../../../main/core/providers/types/provider.ts'
import { providerById } from '../../../main/core/providers/registry.ts'
import { refusalContext } from './refusal-context.ts'

const SENTENCE = refusalContext('cap-reached').refusal.message

describe('before the first byte', () => {
  test.each([
    [
      'openai',
      '/v1/chat/completions',
      { error: { message: SENTENCE, type: 'insufficient_quota', param: null, code: 'spend_cap_exceeded' } },
    ],
    [
      'anthropic',
      '/v1/messages',
      { type: 'error', error: { type: 'billing_error', message: SENTENCE }, request_id: 'call-1' },
    ],
    [
      'google',
      '/v1beta/models/gemini:generateContent',
      { error: { code: 402, message: SENTENCE, status: 'FAILED_PRECONDITION' } },
    ],
    [
      'mistral',
      '/v1/chat/completions',
      { object: 'error', message: SENTENCE, type: 'insufficient_quota', param: null, code: 'spend_cap_exceeded' },
    ],
    ['cohere', '/v2/chat', { id: 'call-1', message: SENTENCE }],
    ['ollama', '/api/chat', { error: SENTENCE }],
    ['bedrock', '/model/m/converse', { message: SENTENCE }],
  ])('%s %s', (id, path, body) => {
    expect(JSON.parse(String(dialectOf(id, path).refuse(refusalContext('cap-reached')).body))).toMatchObject(body)
  })

  test.each([
    ['openai', '/v1/responses', 'context_length_exceeded'],
    ['openai', '/v1/responses', 'maximum context length is 200000 tokens'],
    ['anthropic', '/v1/messages', 'prompt is too long: 210000 tokens > 200000 maximum'],
    [
      'google',
      '/v1beta/models/gemini:generateContent',
      'The input token count (210000) exceeds the maximum number of tokens allowed (200000)',
    ],
    ['bedrock', '/model/m/converse', 'Input is too long for requested model'],
  ])('%s %s says in its own words that the context is too large: %s', (id, path, words) => {
    expect(dialectOf(id, path).refuse(refusalContext('context-too-large')).body).toContain(words)
  })

  test.each([
    ['cap-reached', 'AccessDeniedException'],
    ['rate-limited', 'ThrottlingException'],
    ['bad-request', 'ValidationException'],
  ] as const)('bedrock names %s %s', (code, name) => {
    expect(dialectOf('bedrock', '/model/m/converse').refuse(refusalContext(code)).headers['x-amzn-errortype']).toBe(
      name,
    )
  })
})

describe('inside a stream', () => {
  test('chat: an error and the terminator', () => {
    const [error, end] = events(cutOf('openai', '/v1/chat/completions'))
    expect(error?.data).toMatchObject({
      error: { message: SENTENCE, type: 'insufficient_quota', param: null, code: 'spend_cap_exceeded' },
    })
    expect(end?.data).toBe('[DONE]')
  })

  test('mistral: a valid last chunk with the error inside', () => {
    const [chunk, end] = events(cutOf('mistral', '/v1/chat/completions'))
    expect(chunk?.data).toMatchObject({
      id: 'r1',
      model: 'm1',
      choices: [{ index: 0, delta: { content: expect.stringContaining(SENTENCE) as string }, finish_reason: 'stop' }],
      error: { message: SENTENCE },
    })
    expect(end?.data).toBe('[DONE]')
  })

  test('responses: the error first, then the failed response', () => {
    const [error, failed] = events(cutOf('openai', '/v1/responses'))
    expect(error).toMatchObject({
      event: 'error',
      data: {
        type: 'error',
        code: 'invalid_prompt',
        message: SENTENCE,
        param: null,
        sequence_number: 4,
        error: { type: 'invalid_request_error', code: 'invalid_prompt' },
      },
    })
    expect(failed).toMatchObject({
      event: 'response.failed',
      data: {
        type: 'response.failed',
        sequence_number: 5,
        response: { id: 'r1', status: 'failed', error: { code: 'invalid_prompt', message: SENTENCE } },
      },
    })
  })

  test('anthropic: a billing error', () => {
    expect(events(cutOf('anthropic', '/v1/messages'))).toMatchObject([
      { event: 'error', data: { type: 'error', error: { type: 'billing_error', message: SENTENCE } } },
    ])
  })

  test('gemini: the error and a finished answer', () => {
    expect(events(cutOf('google', '/v1beta/models/m:streamGenerateContent'))).toMatchObject([
      { data: { error: { code: 402, message: SENTENCE, status: 'FAILED_PRECONDITION' } } },
      {
        data: {
          candidates: [
            { content: { parts: [{ text: expect.stringContaining(SENTENCE) as string }] }, finishReason: 'STOP' },
          ],
        },
      },
    ])
  })

  test('gemini without alt=sse: the array is closed', () => {
    const cut = String(cutOf('google', '/v1beta/models/m:streamGenerateContent', 'json-array'))
    expect(JSON.parse(`[{"candidates":[]}${cut}`)).toHaveLength(3)
    const first = String(cutOf('google', '/v1beta/models/m:streamGenerateContent', 'json-array', 0))
    expect(JSON.parse(`[${first}`)).toHaveLength(2)
  })

  test('cohere: an end with an error, in both versions', () => {
    expect(events(cutOf('cohere', '/v2/chat'))).toMatchObject([
      { event: 'message-end', data: { type: 'message-end', delta: { finish_reason: 'ERROR', error: SENTENCE } } },
    ])
    expect(JSON.parse(String(cutOf('cohere', '/v1/chat', 'json-lines')))).toMatchObject({
      is_finished: true,
      finish_reason: 'ERROR',
    })
  })

  test('ollama: a line', () => {
    const cut = String(cutOf('ollama', '/api/chat', 'json-lines'))
    expect(cut.endsWith('\n')).toBe(true)
    expect(JSON.parse(cut)).toMatchObject({ error: SENTENCE })
  })

  test('bedrock: an exception with both checksums right', () => {
    const cut = cutOf('bedrock', '/model/m/converse-stream', 'aws-event-stream') as Uint8Array
    expect(messageLength(cut.subarray(0, 12))).toBe(cut.length)
    expect(new DataView(cut.buffer, cut.byteOffset).getUint32(cut.length - 4)).toBe(crc32(cut.subarray(0, -4)))
    const { headers, payload } = decodeMessage(cut)
    expect(headers).toMatchObject({ ':message-type': 'exception', ':exception-type': 'validationException' })
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ message: SENTENCE })
  })

  test('the checksum is the one of IEEE 802.3', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})

function dialectOf(id: string, path: string): Dialect {
  const head = { method: 'POST', path, query: new URLSearchParams(), headers: {} }
  const dialect = providerById(id)?.dialects.find((candidate) => candidate.matches(head))
  if (!dialect) throw new Error(`no dialect for ${id} ${path}`)
  return dialect
}

function cutOf(id: string, path: string, framing: FramingKind = 'sse', eventCount = 4): string | Uint8Array {
  return dialectOf(id, path).cut(refusalContext('cap-reached'), {
    responseId: 'r1',
    model: 'm1',
    events: eventCount,
    framing,
  })
}

function events(cut: string | Uint8Array): { event: string | null; data: unknown }[] {
  return String(cut)
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => {
      const event = /^event: (.*)$/m.exec(text)?.[1] ?? null
      const data = /^data: (.*)$/m.exec(text)?.[1] ?? ''
      return { event, data: data.startsWith('{') ? (JSON.parse(data) as unknown) : data }
    })
}
