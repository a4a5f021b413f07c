import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../../main/core/metering/framing/event-stream-message.ts'
import {
  BODY_TAIL_BYTES,
  type Frame,
  MAX_BODY_BYTES,
  MAX_EVENT_BYTES,
} from '../../../../main/core/metering/framing/frame.ts'
import { createFraming } from '../../../../main/core/metering/framing/create-framing.ts'

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text)

function base64Json(value: unknown): Uint8Array {
  return bytesOf(JSON.stringify({ bytes: Buffer.from(JSON.stringify(value)).toString('base64'), p: 'abc' }))
}

const STREAMS: { name: string; contentType: string; body: Uint8Array; values: unknown[]; names?: (string | null)[] }[] =
  [
    {
      name: 'server-sent events with all line ends, comments and names',
      contentType: 'text/event-stream; charset=utf-8',
      body: bytesOf(
        ': ping\n\nevent: a\ndata: {"text":"é😀"}\n\ndata: {"b":\r\ndata: 2}\r\n\r\nid: 7\rdata: {"c":3}\r\rdata: [DONE]\n\n',
      ),
      values: [{ text: 'é😀' }, { b: 2 }, { c: 3 }, '[DONE]'],
      names: ['a', null, null, null],
    },
    {
      name: 'a last event without its blank line',
      contentType: 'text/event-stream',
      body: bytesOf('data: {"a":1}\n\ndata: {"b":2}'),
      values: [{ a: 1 }, { b: 2 }],
    },
    {
      name: 'JSON lines',
      contentType: 'application/x-ndjson',
      body: bytesOf('{"a":"é"}\n\n{"b":2}\r\nnot json\n{"c":3}'),
      values: [{ a: 'é' }, { b: 2 }, { c: 3 }],
    },
    {
      name: 'an array that grows',
      contentType: 'application/json; charset=UTF-8',
      body: bytesOf('[{"a":"]},[\\"{"}\n,\r\n{"b":[1,{"c":2}]},3,"x",[4]\n]'),
      values: [{ a: ']},["{' }, { b: [1, { c: 2 }] }, 3, 'x', [4]],
    },
    {
      name: 'a plain body after the blanks that keep a connection open',
      contentType: 'application/json',
      body: bytesOf('\n   \n{"a":"é😀"}\n'),
      values: [{ a: 'é😀' }],
    },
    {
      name: 'JSON lines that call themselves JSON',
      contentType: 'application/json',
      body: bytesOf('{"a":1}\n{"b":2}\n'),
      values: [{ a: 1 }, { b: 2 }],
    },
    {
      name: 'a stream without a content type',
      contentType: '',
      body: bytesOf('data: {"a":1}\n\n'),
      values: [{ a: 1 }],
    },
    {
      name: 'an error in JSON that calls itself a stream',
      contentType: 'text/event-stream',
      body: bytesOf('{"error":{}}'),
      values: [{ error: {} }],
    },
    { name: 'a page', contentType: 'text/html', body: bytesOf('<html>{"a":1}</html>'), values: [] },
    { name: 'half a body', contentType: 'application/json', body: bytesOf('{"a":'), values: [] },
    {
      name: 'the AWS event stream with wrapped and plain payloads',
      contentType: 'application/vnd.amazon.eventstream',
      body: Buffer.concat([
        encodeMessage({ ':event-type': 'chunk', ':content-type': 'application/json' }, base64Json({ text: 'é' })),
        encodeMessage({ ':event-type': 'metadata' }, bytesOf('{"usage":{"inputTokens":1}}')),
        encodeMessage(
          { ':exception-type': 'throttlingException', ':message-type': 'exception' },
          bytesOf('{"message":"slow"}'),
        ),
      ]),
      values: [{ text: 'é' }, { usage: { inputTokens: 1 } }, { message: 'slow' }],
      names: ['chunk', 'metadata', 'throttlingException'],
    },
  ]

describe.each(STREAMS)('$name', ({ contentType, body, values, names }) => {
  test('gives the same values cut at every byte', () => {
    for (let cut = 0; cut <= body.length; cut++) {
      const frames = framesOf(contentType, [body.slice(0, cut), body.slice(cut)])
      expect(frames.map((frame) => frame.value)).toEqual(values)
      expect(frames.map((frame) => frame.name)).toEqual(names ?? values.map(() => null))
    }
  })

  test('gives the same values byte by byte', () => {
    const chunks = [...body].map((byte) => Uint8Array.of(byte))
    expect(framesOf(contentType, chunks).map((frame) => frame.value)).toEqual(values)
  })
})

describe('ranges', () => {
  const text = 'data: {"a":1}\n\ndata: {"b":2}\r\n\r\ndata: {"c":3}\n\n'
  const ends = [15, 32, 47]

  test('every event says where it stands, from the start of its chunk', () => {
    for (let cut = 1; cut < text.length; cut++) {
      const framing = createFraming('text/event-stream')
      const first = framing.push(bytesOf(text.slice(0, cut)))
      const second = framing.push(bytesOf(text.slice(cut)))
      const places = [
        ...first.map(({ start, end }) => [start, end]),
        ...second.map(({ start, end }) => [start + cut, end + cut]),
      ]
      // A lone `\r` at the end of a chunk may get its `\n` in the next: the event waits for it.
      expect(places).toEqual([
        [0, 15],
        [15, 32],
        [32, 47],
      ])
    }
  })

  test('the boundary is after the last complete event of the chunk', () => {
    const framing = createFraming('text/event-stream')
    framing.push(bytesOf(text.slice(0, 20)))
    expect([framing.boundary, framing.atBoundary]).toEqual([15, false])
    framing.push(bytesOf(text.slice(20, 25)))
    expect([framing.boundary, framing.atBoundary]).toEqual([-1, false])
    framing.push(bytesOf(text.slice(25)))
    expect([framing.boundary, framing.atBoundary]).toEqual([(ends[2] ?? 0) - 25, true])
  })

  test('an array can be cut after an element and before its comma', () => {
    const framing = createFraming('application/json')
    framing.push(bytesOf('[{"a":1}\n,{"b"'))
    expect([framing.kind, framing.boundary, framing.atBoundary]).toEqual(['json-array', 8, false])
  })

  test('an AWS message that comes in pieces ends where it ends', () => {
    const message = encodeMessage({ ':event-type': 'chunk' }, bytesOf('{}'))
    const framing = createFraming('application/vnd.amazon.eventstream')
    expect(framing.push(message.slice(0, 20))).toEqual([])
    const [frame] = framing.push(Buffer.concat([message.slice(20), message.slice(0, 5)]))
    expect(frame).toMatchObject({ start: -20, end: message.length - 20 })
    expect([framing.boundary, framing.atBoundary]).toEqual([message.length - 20, false])
  })
})

describe('limits', () => {
  test('an event beyond the limit is passed over, the next one is read', () => {
    const framing = createFraming('text/event-stream')
    const filler = new Uint8Array(1024 * 1024).fill(97)
    framing.push(bytesOf('data: '))
    for (let size = 0; size <= MAX_EVENT_BYTES; size += filler.length) expect(framing.push(filler)).toEqual([])
    const frames = framing.push(bytesOf('\n\ndata: {"a":1}\n\n'))
    expect(frames.map((frame) => frame.value)).toEqual([{ a: 1 }])
  })

  test('of a body beyond the limit only the usage at its end is read', () => {
    const framing = createFraming('application/json')
    const filler = new Uint8Array(4 * 1024 * 1024).fill(97)
    framing.push(bytesOf('{"data":"'))
    for (let size = 0; size <= MAX_BODY_BYTES; size += filler.length) framing.push(filler)
    framing.push(bytesOf(`${'b'.repeat(BODY_TAIL_BYTES)}","usage":{"prompt_tokens":3,"details":{"a":"}"}},"x":1}`))
    expect(framing.finish().map((frame) => frame.value)).toEqual([{ usage: { prompt_tokens: 3, details: { a: '}' } } }])
  })

  test('an AWS message beyond the limit is passed over, the next one is read', () => {
    const large = encodeMessage({ ':event-type': 'chunk' }, new Uint8Array(MAX_EVENT_BYTES))
    const small = encodeMessage({ ':event-type': 'end' }, bytesOf('{}'))
    const whole = Buffer.concat([large, small])
    const framing = createFraming('application/vnd.amazon.eventstream')
    const frames: Frame[] = []
    for (let offset = 0; offset < whole.length; offset += 65_536)
      frames.push(...framing.push(whole.subarray(offset, offset + 65_536)))
    expect(frames.map((frame) => frame.name)).toEqual(['end'])
  })

  test('noise that calls itself an AWS event stream gives nothing and does not throw', () => {
    const framing = createFraming('application/vnd.amazon.eventstream')
    expect(framing.push(new Uint8Array(4096).fill(255))).toEqual([])
    expect(framing.push(encodeMessage({ ':event-type': 'late' }, bytesOf('{}')))).toEqual([])
  })
})

function framesOf(contentType: string, chunks: Uint8Array[]): Frame[] {
  const framing = createFraming(contentType)
  return [...chunks.flatMap((chunk) => framing.push(chunk)), ...framing.finish()]
}
