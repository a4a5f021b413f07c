import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import { createConversations } from '../../../main/core/conversations/conversations.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import type { Said } from '../../../main/core/metering/usage/usage-reader.ts'
import { request } from './requests.ts'

const hash = (data: string | Uint8Array) => createHmac('sha256', 'key').update(data).digest('base64url').slice(0, 16)
const called = (text: string): Said => ({ text: '', toolCalls: [{ name: 'bash', arguments: text }] })

/** A client that leaves the history to the provider: each call is what is new, and the name of the response before. */
function setUp() {
  const conversations = createConversations(hash, createRecentCalls())
  let count = 0
  return {
    call(lines: readonly string[], storedInput: string | null, said: readonly Said[] = []) {
      count += 1
      const identified = conversations.identify({
        callId: `call${count}`,
        atMs: count * 1_000,
        body: new TextEncoder().encode(lines.join()),
        request: request(lines, { storedInput }),
        headers: {},
        attribution: NO_ATTRIBUTION,
      })
      conversations.answered(`call${count}`, `resp_${count}`, said)
      return identified
    },
  }
}

describe('a turn that the provider keeps', () => {
  test('is the same step as one that the client sends back', () => {
    const { call } = setUp()
    call(['user: go'], null, [{ text: 'I look.', toolCalls: [] }, called('{"command":"ls"}')])
    const kept = call(['tool: a.ts'], 'resp_1')
    const sent = call(['user: go', 'assistant: I look.', 'assistant!bash {"command":"ls"}', 'tool: a.ts'], null)
    expect(kept.step).toMatchObject({ ask: sent.step?.ask, answer: sent.step?.answer })
    expect(kept.step?.tools).toEqual(['bash'])
    expect(kept.thread).toBe(sent.thread)
  })

  test('tells equal answers of different calls apart', () => {
    const { call } = setUp()
    const wrote = `tool: ${'The file was written without any trouble. '.repeat(3)}`
    call(['user: go'], null, [called('{"path":"a"}')])
    const first = call([wrote], 'resp_1', [called('{"path":"b"}')])
    const second = call([wrote], 'resp_2')
    expect(second.step?.answer).toBe(first.step?.answer)
    expect(second.step?.newlyAsked).toBeGreaterThan(0)
  })

  test('and equal questions after different answers', () => {
    const { call } = setUp()
    call(['user: go'], null, [{ text: 'Part one.', toolCalls: [] }])
    const first = call(['user: continue'], 'resp_1', [{ text: 'Another part.', toolCalls: [] }])
    const second = call(['user: continue'], 'resp_2', [{ text: 'Another part.', toolCalls: [] }])
    const third = call(['user: continue'], 'resp_3')
    expect(first.step?.newlyAsked).toBeGreaterThan(0)
    expect(second.step?.newlyAsked).toBeGreaterThan(0)
    expect(third.step?.newlyAsked).toBe(0)
  })

  test('a warm-up opens nothing: the first question does', () => {
    const { call } = setUp()
    call(['system: be brief'], null)
    const { thread } = call(['user: go'], 'resp_1', [called('{}')])
    expect(thread).not.toBeNull()
    expect(call(['tool: x'], 'resp_2').thread).toBe(thread)
  })

  test('a conversation that goes by one name', () => {
    const { call } = setUp()
    call(['user: go'], 'conv_1', [called('{"path":"a"}')])
    const first = call(['tool: ok'], 'conv_1', [called('{"path":"b"}')])
    const second = call(['tool: ok'], 'conv_1')
    expect(first.step?.tools).toEqual(['bash'])
    expect(second.step?.newlyAsked).toBeGreaterThan(0)
  })

  test('an answer that nobody saw counts as new', () => {
    const { call } = setUp()
    call(['user: continue'], 'resp_a')
    expect(call(['user: continue'], 'resp_b').step?.newlyAsked).toBeGreaterThan(0)
  })
})
