import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fingerprintMessage } from '../../../main/core/conversations/fingerprint.ts'
import { createLineage, type LineageFacts } from '../../../main/core/conversations/lineage.ts'
import { message } from './requests.ts'

const hash = (data: string | Uint8Array) => createHmac('sha256', 'key').update(data).digest('base64url').slice(0, 16)

function talk(lineage = createLineage(hash)) {
  let calls = 0
  const say = (lines: string[], change: Partial<LineageFacts> = {}) => {
    calls += 1
    const messages = lines.map(message)
    const fingerprints = messages.map((one) => fingerprintMessage(hash, one))
    const facts = { callId: `call${calls}`, scope: 'web', pid: 1, session: null, thread: null, storedInput: null }
    return lineage.place({ ...facts, messages, fingerprints, ...change })
  }
  return { say, lineage }
}

describe('without a session', () => {
  test('a call joins the conversation whose prompt it begins with', () => {
    const { say } = talk()
    const first = say(['system: s', 'user: a'])
    const second = say(['system: s', 'user: a', 'assistant: b', 'user: c'])
    const third = say(['system: s', 'user: a', 'assistant: b', 'user: c', 'assistant: d', 'user: e'])
    expect(first).toEqual({ conversation: expect.stringMatching(/^c_.{16}$/), parentCallId: null, sharedMessages: 0 })
    expect(second).toEqual({ conversation: first.conversation, parentCallId: 'call1', sharedMessages: 2 })
    expect(third).toEqual({ conversation: first.conversation, parentCallId: 'call2', sharedMessages: 4 })
  })

  test('an edited question stays, another first question under the same system prompt does not', () => {
    const { say } = talk()
    const first = say(['system: s', 'user: a'])
    say(['system: s', 'user: a', 'assistant: b', 'user: c'])
    expect(say(['system: s', 'user: a', 'assistant: b', 'user: other'])).toMatchObject({
      conversation: first.conversation,
      parentCallId: 'call1',
    })
    expect(say(['system: s', 'user: z']).conversation).not.toBe(first.conversation)
  })

  test('a changed system prompt does not break a conversation in which the model has spoken', () => {
    const { say } = talk()
    const first = say(['system: Monday', 'user: a', 'assistant: b', 'user: c'])
    const next = say(['system: Tuesday', 'user: a', 'assistant: b', 'user: c', 'assistant: d', 'user: e'])
    expect(next).toEqual({ conversation: first.conversation, parentCallId: null, sharedMessages: 0 })
    expect(say(['system: title it', 'user: a']).conversation).not.toBe(first.conversation)
  })

  test('the same first question is one conversation in one process and another in the next', () => {
    const { say } = talk()
    const first = say(['user: a'])
    expect(say(['user: a']).conversation).toBe(first.conversation)
    expect(say(['user: a'], { pid: 2 }).conversation).not.toBe(first.conversation)
    expect(say(['user: a'], { pid: null }).conversation).not.toBe(first.conversation)
  })

  test('a resumed history joins from another process, never from another scope', () => {
    const { say } = talk()
    const first = say(['user: a', 'assistant: b', 'user: c'])
    const resumed = ['user: a', 'assistant: b', 'user: c', 'assistant: d', 'user: e']
    expect(say(resumed, { pid: 2, scope: 'api' }).conversation).not.toBe(first.conversation)
    expect(say(resumed, { pid: 2 }).conversation).toBe(first.conversation)
  })

  test('a process keeps its conversation when the gateway starts again', () => {
    const before = talk().say(['system: s', 'user: a'])
    const after = talk().say(['system: s', 'user: a', 'assistant: b', 'user: c'], { callId: 'later' })
    expect(after.conversation).toBe(before.conversation)
  })

  test('calls without messages have none', () => {
    expect(talk().say([]).conversation).toBeNull()
    expect(talk().say(['system: s']).conversation).toBeNull()
  })

  test('an earlier response and a stored conversation lead back', () => {
    const { say, lineage } = talk()
    const first = say(['user: a'])
    lineage.answered('call1', 'resp_1')
    expect(say(['user: b'], { storedInput: 'resp_1' })).toMatchObject({
      conversation: first.conversation,
      parentCallId: 'call1',
    })
    expect(say(['user: b'], { storedInput: 'resp_unknown', pid: 3 }).conversation).not.toBe(first.conversation)
    const stored = say(['user: x'], { storedInput: 'conv_1' })
    expect(say(['user: y'], { storedInput: 'conv_1', pid: 9 }).conversation).toBe(stored.conversation)
    expect(say(['user: q'], { storedInput: 'cachedContents/1' }).conversation).not.toBe(
      say(['user: r'], { storedInput: 'cachedContents/1' }).conversation,
    )
  })

  test('forgets the oldest at its limit', () => {
    const { say } = talk(createLineage(hash, 4))
    const first = say(['user: a'], { pid: null })
    for (const name of ['b', 'c']) say([`user: ${name}`], { pid: null })
    expect(say(['user: a', 'assistant: b', 'user: c'], { pid: null }).conversation).not.toBe(first.conversation)
  })
})

describe('with a session', () => {
  test('one session is one conversation, whatever its messages and processes', () => {
    const { say } = talk()
    const first = say(['user: a'], { session: 's1' })
    expect(say(['user: b'], { session: 's1', pid: 7, scope: 'api' }).conversation).toBe(first.conversation)
    expect(say(['user: a'], { session: 's2' }).conversation).not.toBe(first.conversation)
    expect(say(['user: a', 'assistant: x', 'user: y'], { session: 's1', pid: 8 })).toMatchObject({
      parentCallId: 'call1',
      sharedMessages: 1,
    })
  })

  test('threads of a session are conversations of their own, the main thread is the session', () => {
    const { say } = talk()
    const main = say(['user: a'], { session: 's1' })
    expect(say(['user: a'], { session: 's1', thread: 's1' }).conversation).toBe(main.conversation)
    expect(say(['user: a'], { session: 's1', thread: 't2' }).conversation).not.toBe(main.conversation)
  })
})
