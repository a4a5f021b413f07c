import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import { createConversations } from '../../../main/core/conversations/conversations.ts'
import { fingerprintKey } from '../../../main/core/conversations/fingerprint.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { request } from './requests.ts'

const hash = (data: string | Uint8Array) => createHmac('sha256', 'key').update(data).digest('base64url').slice(0, 16)

function setUp() {
  const recent = createRecentCalls()
  const conversations = createConversations(hash, recent)
  let atMs = 0
  const call = (
    lines: string[],
    change: { headers?: Record<string, string>; session?: string; project?: string; body?: string } = {},
  ) => {
    atMs += 1_000
    const { headers = {}, session = null, project = 'web', body = lines.join('\n') } = change
    const found = conversations.identify({
      callId: `call${atMs}`,
      atMs,
      body: new TextEncoder().encode(body),
      request: request(lines),
      headers,
      attribution: {
        ...NO_ATTRIBUTION,
        project,
        session,
        process: { pid: 1, command: 'node', cwd: null, parents: [] },
      },
    })
    recent.add({
      callId: `call${atMs}`,
      atMs,
      conversation: found.conversation,
      session,
      agent: null,
      parentAgent: null,
      thread: null,
      step: null,
      endedAtMs: null,
      pid: 1,
      model: null,
      bodyFingerprint: found.fingerprints.body,
      messageFingerprints: found.fingerprints.messages,
      toolCallFingerprints: found.fingerprints.toolCalls,
      contextTokens: 0,
      cacheReadTokens: null,
      costNanos: 0,
      httpStatus: 200,
      open: false,
    })
    return found
  }
  return { call }
}

test('the same body in its conversation is a retry; the same prompt of another project is another conversation', () => {
  const { call } = setUp()
  const first = call(['user: a'])
  expect(first).toMatchObject({ kind: 'prompt', attempt: 1 })
  expect(call(['user: a'])).toMatchObject({ kind: 'retry', attempt: 2, conversation: first.conversation })
  const other = call(['user: a'], { project: 'api' })
  expect(other).toMatchObject({ kind: 'prompt', attempt: 1 })
  expect(other.conversation).not.toBe(first.conversation)
})

test("under a launch's session, a client's own sessions and sub-agents stay apart", () => {
  const { call } = setUp()
  const main = call(['user: a'], { session: 'launch', headers: { 'session-id': 's', 'thread-id': 's' } })
  expect(call(['user: b'], { session: 'launch', headers: { 'session-id': 's', 'thread-id': 's' } }).conversation).toBe(
    main.conversation,
  )
  expect(
    call(['user: c'], { session: 'launch', headers: { 'session-id': 's', 'thread-id': 't' } }).conversation,
  ).not.toBe(main.conversation)
  expect(call(['user: d'], { session: 'launch' }).conversation).not.toBe(main.conversation)
})

test('tool calls are fingerprinted by name and arguments', () => {
  const { call } = setUp()
  const { toolCalls, messages } = call([
    'user: a',
    'assistant!bash: ls',
    'tool: x',
    'assistant!bash: ls',
    'tool: x',
    'assistant!bash: pwd',
    'tool: y',
  ]).fingerprints
  expect(messages).toHaveLength(7)
  expect(toolCalls[0]).toBe(toolCalls[1])
  expect(new Set(toolCalls).size).toBe(2)
})

test('one key is one fingerprint however it is sent', () => {
  expect(fingerprintKey(hash, 'Bearer sk-1')).toBe(fingerprintKey(hash, 'sk-1'))
  expect(fingerprintKey(hash, 'sk-2')).not.toBe(fingerprintKey(hash, 'sk-1'))
  expect(fingerprintKey(hash, ' ')).toBeNull()
})
