import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

/** Whatever is thrown inside: the client gets its dialect's error with the call's id, the log one line with the same. */
let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(() => harness.stop())

const APIS = {
  'openai/v1/chat/completions': { model: 'gpt-4o', messages: [{ role: 'user', content: 'my secret plan' }] },
  'openai/v1/responses': { model: 'gpt-4o', input: 'my secret plan' },
  'anthropic/v1/messages': {
    model: 'claude-sonnet-4-5',
    max_tokens: 5,
    messages: [{ role: 'user', content: 'my secret plan' }],
  },
  'google/v1beta/models/gemini-2.5-flash:generateContent': {
    contents: [{ role: 'user', parts: [{ text: 'my secret plan' }] }],
  },
}
type Books = Harness['gateway']['books']

/** Places that every call passes, each made to throw once. */
const FAULTS: Record<string, (books: Books, error: Error) => void> = {
  'while it is prepared': (books, error) => {
    books.recent.inConversation = () => {
      throw error
    }
    Object.defineProperty(books, 'inForce', {
      get() {
        throw error
      },
    })
  },
  'while it is admitted': (books, error) => {
    books.balances.statesFor = () => {
      throw error
    }
  },
}

describe.each(Object.keys(FAULTS))('an error %s', (where) => {
  test.each(Object.entries(APIS))('%s', async (path, body) => {
    FAULTS[where]?.(harness.gateway.books, new TypeError('cannot read properties of undefined'))
    const answer = await fetch(`${harness.url}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer sk',
        'x-api-key': 'k',
        'x-goog-api-key': 'k',
      },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    const callId = answer.headers.get('x-allowance-call-id') ?? 'none'
    expect(answer.status).toBe(500)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(JSON.stringify(JSON.parse(text))).toContain(callId)
    const lines = harness.log.filter((line) => line.includes(callId))
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      message: 'a call failed inside the gateway',
      cause: 'TypeError: cannot read properties of undefined',
    })
    expect(lines[0]).toMatch(/"place":"[^"]+:\d+"/)
    expect(harness.log.join('')).not.toContain('secret plan')
    expect(harness.gateway.books.balances.openHolds).toBe(0)
  })
})
