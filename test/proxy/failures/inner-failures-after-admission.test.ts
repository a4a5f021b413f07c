import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ANTHROPIC_MESSAGES } from '../../../main/core/providers/dialects/anthropic/anthropic-messages.ts'
import { RESPONSES } from '../../../main/core/providers/dialects/openai/responses.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

/** What is thrown after a call was admitted: the hold is closed once, at zero only where nothing was sent. */
let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await harness.stop()
})

const FAULT = new TypeError('cannot read properties of undefined')
const APIS = {
  'openai/v1/responses': { dialect: RESPONSES, body: { model: 'gpt-4o', input: 'my secret plan' } },
  'anthropic/v1/messages': {
    dialect: ANTHROPIC_MESSAGES,
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'my secret plan' }],
    },
  },
}

const post = (path: string, body: unknown) =>
  fetch(`${harness.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk', 'x-api-key': 'k' },
    body: JSON.stringify(body),
  })

function expectOneLine(callId: string): void {
  const lines = harness.log.filter((line) => line.includes(callId))
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', message: 'a call failed inside the gateway' })
  expect(harness.log.join('')).not.toContain('secret plan')
}

describe.each([false, true])('stream %s', (stream) => {
  test.each(Object.entries(APIS))('%s: an answer that nobody could meter is kept as evidence', async (path, api) => {
    vi.spyOn(api.dialect, 'createReader').mockImplementation(() => {
      throw FAULT
    })
    const answer = await post(path, { ...api.body, stream })
    const callId = answer.headers.get('x-allowance-call-id') ?? 'none'
    expect(answer.status).toBe(500)
    expect(await answer.text()).toContain(callId)
    const [call, ...others] = harness.calls()
    expect(others).toEqual([])
    expect(call).toMatchObject({ id: callId, state: 'settled', ending: 'upstream-broke', httpStatus: 200 })
    expect(call?.usage).toMatchObject({ source: 'estimated' })
    expect(call?.usage?.output).toBeGreaterThan(0)
    expect(Number(call?.costUsd)).toBeGreaterThan(0)
    expect(harness.gateway.books.balances.openHolds).toBe(0)
    expectOneLine(callId)
  })
})

test.each([false, true])(
  'an answer that cannot be read passes untouched, and its cost is an estimate: stream %s',
  async (stream) => {
    const { dialect, body } = APIS['anthropic/v1/messages']
    const createReader = dialect.createReader.bind(dialect)
    vi.spyOn(dialect, 'createReader').mockImplementation((request) => {
      const reader = createReader(request)
      const fail = () => {
        throw FAULT
      }
      return { ...reader, body: fail, event: fail, reading: () => reader.reading() }
    })
    const answer = await post('anthropic/v1/messages', { ...body, stream })
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(text).toContain(stream ? 'message_stop' : '"usage"')
    const call = await harness.waitFor(({ state }) => state === 'settled')
    expect(call).toMatchObject({ ending: 'complete', usage: { source: 'estimated' } })
    expect(call.usage?.output).toBeGreaterThan(0)
    const lines = harness.log.filter((line) => line.includes(call.id))
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', message: expect.stringContaining('could not be metered') },
    ])
    expect(harness.log.join('')).not.toContain('secret plan')
  },
)

test('a call that fails before it is sent is released at zero', async () => {
  await harness.stop()
  harness = await startHarness({
    rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.01', per: 'day' }],
  })
  vi.spyOn(ANTHROPIC_MESSAGES, 'clamp').mockImplementation(() => {
    throw FAULT
  })
  const answer = await post('anthropic/v1/messages', { ...APIS['anthropic/v1/messages'].body, max_tokens: 30_000 })
  expect(answer.status).toBe(500)
  expect(harness.calls()).toMatchObject([{ state: 'released', costUsd: '0.000000000' }])
  expect(harness.gateway.books.balances.openHolds).toBe(0)
})

test('a closing that fails is done on the quote, and the hold is given back', async () => {
  const { recent } = harness.gateway.books
  const inConversation = recent.inConversation.bind(recent)
  let isAdmitted = false
  harness.gateway.books.ledger.subscribe(({ event }) => {
    isAdmitted ||= event.type === 'call.admitted'
  })
  // The closing asks it; before its admission a call is left alone.
  recent.inConversation = (id) => {
    if (isAdmitted) throw FAULT
    return inConversation(id)
  }
  await post('anthropic/v1/messages', APIS['anthropic/v1/messages'].body)
    .then(
      (answer) => answer.text(),
      () => 'broken off',
    )
    .catch(() => 'broken off')
  const call = await harness.waitFor(({ state }) => state === 'settled')
  expect(call.usage).toMatchObject({ source: 'estimated' })
  expect(Number(call.costUsd)).toBeGreaterThan(0)
  expect(harness.gateway.books.balances.openHolds).toBe(0)
  expect(harness.calls()).toHaveLength(1)
})
