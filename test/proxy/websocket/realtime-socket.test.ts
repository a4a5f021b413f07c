import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SocketFake } from '../../support/providers/fake/socket-fake.ts'
import { type Harness, type HarnessOptions, startHarness } from '../../support/gateway/gateway-harness.ts'
import { openSocket, type SocketClient } from '../../support/load/socket-client.ts'

let fake: SocketFake
let harness: Harness
let origin: string
beforeEach(async () => {
  fake = new SocketFake()
  origin = await fake.start()
})
afterEach(async () => {
  await harness.stop()
  await fake.stop()
})

async function open(options: HarnessOptions = {}): Promise<SocketClient> {
  harness = await startHarness({ ...options, settings: { ...options.settings, upstreams: { openai: origin } } })
  const client = await openSocket(`${harness.url.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`)
  await client.hear(({ type }) => type === 'session.created')
  return client
}

const cap = (limitUsd: string) => [{ id: 'daily', guard: 'spend-cap', limitUsd, per: 'day' }]
const sound = { type: 'input_audio_buffer.append', audio: Buffer.alloc(4_800).toString('base64') }

describe('Realtime over a WebSocket', () => {
  test('a response is priced by its text and its sound', async () => {
    fake.script = {
      inputTokens: 0,
      outputTokens: 3,
      usage: {
        total_tokens: 330,
        input_tokens: 300,
        output_tokens: 30,
        input_token_details: { text_tokens: 100, audio_tokens: 200, cached_tokens: 0 },
        output_token_details: { text_tokens: 10, audio_tokens: 20 },
      },
    }
    const client = await open()
    client.say({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
    })
    client.say({ type: 'response.create' })
    await client.hear(({ type }) => type === 'response.done')
    expect(harness.calls()).toMatchObject([
      {
        api: 'realtime',
        requestModel: 'gpt-realtime',
        state: 'settled',
        ending: 'complete',
        usage: { uncachedInput: 300, audioInput: 200, output: 30, audioOutput: 20, source: 'reported' },
        // 100 × $4/M + 200 × $32/M + 10 × $16/M + 20 × $64/M
        costUsd: '0.008240000',
        priced: 'exact',
      },
    ])
  })

  test('responses that run side by side are calls of their own', async () => {
    fake.script = { inputTokens: 50, outputTokens: 5 }
    const client = await open()
    for (let turn = 0; turn < 3; turn += 1)
      client.say({ type: 'response.create', response: { conversation: 'none', input: [] } })
    await client.hear(
      (event) => event.type === 'response.done' && (event['response'] as { id: string }).id === 'resp_3',
    )
    expect(harness.calls().map(({ state, responseId, usage }) => [state, responseId, usage?.output])).toEqual([
      ['settled', 'resp_1', 5],
      ['settled', 'resp_2', 5],
      ['settled', 'resp_3', 5],
    ])
  })

  test('a response that the provider starts by itself was admitted with the sound before it', async () => {
    fake.script = { inputTokens: 50, outputTokens: 5 }
    const client = await open()
    for (let piece = 0; piece < 3; piece += 1) client.say(sound)
    await fake.until(() => fake.frames.length === 3)
    expect(harness.calls()).toMatchObject([{ state: 'open', api: 'realtime' }])
    // The fake answers a commit as the real one answers a pause.
    client.say({ type: 'input_audio_buffer.commit' })
    await client.hear(({ type }) => type === 'response.done')
    expect(harness.calls()).toMatchObject([{ state: 'settled', usage: { output: 5 } }])
  })

  test('sound that nobody may answer does not reach the provider', async () => {
    const client = await open({ rules: cap('0.0000001') })
    client.say(sound)
    client.say(sound)
    const error = await client.hear(({ type }) => type === 'error')
    expect(error).toMatchObject({
      error: { message: expect.stringContaining('daily'), allowance: { code: 'cap-reached' } },
    })
    client.say({ type: 'session.update', session: { type: 'realtime' } })
    await fake.until(() => fake.frames.length > 0)
    expect(fake.frames.map(({ frame }) => frame.type)).toEqual(['session.update'])
    expect(client.events.filter(({ type }) => type === 'error')).toHaveLength(1)
  })

  test('a refused response names the client’s own event, and the socket stays open', async () => {
    const client = await open({ rules: cap('0.0000001') })
    client.say({ type: 'response.create', event_id: 'mine' })
    expect(await client.hear(({ type }) => type === 'error')).toMatchObject({
      error: { event_id: 'mine', code: 'spend_cap_exceeded' },
    })
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    expect(fake.frames).toHaveLength(0)
  })

  test('a response that outgrows the budget is cancelled, and costs what the provider says', async () => {
    fake.script = { inputTokens: 10, outputTokens: 4_000, step: 50, pauseAfter: 3_500 }
    // Room for some 1,500 tokens of text at $16/M.
    const client = await open({ rules: cap('0.024') })
    client.say({ type: 'response.create', response: { output_modalities: ['text'] } })
    expect(await client.hear(({ type }) => type === 'error')).toMatchObject({ error: { code: 'spend_cap_exceeded' } })
    await client.hear(({ type }) => type === 'response.done')
    expect(fake.frames.at(-1)?.frame).toMatchObject({ type: 'response.cancel', response_id: 'resp_1' })
    expect(harness.calls()).toMatchObject([
      { state: 'settled', ending: 'cut', usage: { output: 7, source: 'reported' } },
    ])
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  })

  test('writing down what was said is a call of its own, by its own model', async () => {
    const client = await open()
    const tell = (frame: Record<string, unknown>) => client.say({ type: 'test.say', frame })
    tell({
      type: 'session.updated',
      session: { audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } } },
    })
    tell({
      type: 'conversation.item.input_audio_transcription.completed',
      transcript: 'hello',
      usage: {
        type: 'tokens',
        total_tokens: 120,
        input_tokens: 100,
        output_tokens: 20,
        input_token_details: { audio_tokens: 100, text_tokens: 0 },
      },
    })
    await client.hear(({ type }) => type.endsWith('transcription.completed'))
    const [call] = harness.calls()
    expect(call).toMatchObject({
      requestModel: 'gpt-4o-mini-transcribe',
      state: 'settled',
      kind: 'auxiliary',
      usage: { uncachedInput: 100, audioInput: 100, output: 20 },
    })
    expect(Number(call?.costUsd)).toBeGreaterThan(0)
  })

  test('what was admitted for a response that never came is given back', async () => {
    const client = await open()
    client.say(sound)
    await fake.until(() => fake.frames.length === 1)
    client.socket.close()
    expect(await harness.waitFor(({ state }) => state === 'released')).toMatchObject({ costUsd: '0.000000000' })
  })
})
