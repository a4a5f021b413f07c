import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RunningCall } from '../../../main/proxy/passage/running-call.ts'
import { openSocket, type SocketClient } from '../../support/load/socket-client.ts'
import { SocketFake } from '../../support/providers/fake/socket-fake.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

/** Whatever is thrown in a call on a socket: the client hears it with the call's id, the log has one line with the same. */
let fake: SocketFake
let harness: Harness
beforeEach(async () => {
  fake = new SocketFake()
  harness = await startHarness({ settings: { upstreams: { openai: await fake.start() } } })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await harness.stop()
  await fake.stop()
})

const FAULT = new TypeError('cannot read properties of undefined')
const ITEM = { type: 'message', role: 'user', content: 'my secret plan' }
const APIS: Record<string, { path: string; say: Record<string, unknown> }> = {
  responses: {
    path: '/openai/v1/responses',
    say: { type: 'response.create', model: 'gpt-4.1', input: [ITEM] },
  },
  realtime: {
    path: '/openai/v1/realtime?model=gpt-realtime',
    say: { type: 'response.create', response: { instructions: 'my secret plan' } },
  },
}

async function expectFailure(client: SocketClient): Promise<string> {
  const event = await client.hear(({ type }) => type === 'error')
  const [, callId = 'none'] = /failed on this call \(([^)]+)\)/.exec(JSON.stringify(event)) ?? []
  expect(await client.closed).toBe(1011)
  const lines = harness.log.filter((line) => line.includes(callId))
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', cause: `TypeError: ${FAULT.message}` })
  expect(harness.log.join('')).not.toContain('secret plan')
  expect(harness.gateway.books.balances.openHolds).toBe(0)
  return callId
}

describe.each(Object.entries(APIS))('%s', (_name, { path, say }) => {
  const open = () => openSocket(`${harness.url.replace('http', 'ws')}${path}`)

  test('an error while a call is admitted', async () => {
    harness.gateway.books.balances.statesFor = () => {
      throw FAULT
    }
    const client = await open()
    client.say(say)
    await expectFailure(client)
    expect(fake.frames).toHaveLength(0)
  })

  test('an error while its answer passes', async () => {
    vi.spyOn(RunningCall.prototype, 'take').mockImplementation(() => {
      throw FAULT
    })
    const client = await open()
    client.say(say)
    const callId = await expectFailure(client)
    expect(harness.calls()).toMatchObject([{ id: callId, state: 'settled', ending: 'upstream-broke' }])
  })

  test('an error while the kill switch cuts it', async () => {
    fake.script = { inputTokens: 100, outputTokens: 20, pauseAfter: 5 }
    vi.spyOn(RunningCall.prototype, 'cutFacts').mockImplementation(() => {
      throw FAULT
    })
    const client = await open()
    client.say(say)
    await client.hear(({ type }) => type.endsWith('.delta'))
    harness.gateway.books.traffic.killSwitch(true)
    const callId = await expectFailure(client)
    expect(harness.calls()).toMatchObject([{ id: callId, state: 'settled' }])
  })
})
