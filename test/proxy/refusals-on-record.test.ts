import { afterEach, describe, expect, test } from 'vitest'
import { chatChunk, startFarEnd } from '../support/providers/far-end.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { answerOf, chat, startCall } from '../support/load/raw-call.ts'

let harness: Harness
afterEach(() => harness.stop())

const send = (body = chat()) => answerOf(startCall(`${harness.url}/openai/v1/chat/completions`, body))
const cap = (limitUsd: string) => ({ id: 'daily', guard: 'spend-cap', limitUsd, per: 'day' })

describe('what was refused stands on the record', () => {
  test('by a cap: as the verdict of its rule too', async () => {
    harness = await startHarness({ rules: [cap('0.000001')] })
    expect((await send()).status).toBe(402)
    const [record] = harness.calls()
    expect(record).toMatchObject({ state: 'refused', refusal: { code: 'cap-reached', rule: 'daily' } })
    expect(record?.verdicts).toEqual([
      {
        guard: 'spend-cap',
        rule: 'daily',
        verdict: 'deny',
        reason: record?.refusal?.message.replace('Allowance: ', ''),
      },
    ])
  })

  test('by the policy, which is not there', async () => {
    harness = await startHarness({ settings: { policy: { url: '/nowhere/policy.json', onFirstFetch: 'closed' } } })
    const answer = await send()
    expect(answer.status).toBe(402)
    expect(harness.calls()).toMatchObject([
      { state: 'refused', refusal: { code: 'policy-unavailable' }, attribution: { developer: 'ada@acme.dev' } },
    ])
    expect(answer.headers['x-allowance-call-id']).toBe(harness.calls()[0]?.id)
    expect(harness.fake.records).toHaveLength(0)
  })

  test('in the midst of a stream: what the stream was told', async () => {
    const farEnd = await startFarEnd((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = () => {
        if (!response.destroyed) response.write(chatChunk(' time people water'.repeat(50)), () => setImmediate(more))
      }
      more()
    })
    harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } }, rules: [cap('0.05')] })
    const answer = await send(chat({ stream: true }))
    const told = /data: (\{"error".*\})\n/.exec(answer.body.toString())?.[1]
    expect(harness.calls()).toMatchObject([
      {
        state: 'settled',
        ending: 'cut',
        refusal: { code: 'cap-reached', rule: 'daily', message: JSON.parse(told ?? '').error.message },
      },
    ])
    await farEnd.stop()
  })

  test('an answer that went to its end was refused nothing', async () => {
    harness = await startHarness({ rules: [cap('10.00')] })
    await send()
    expect(harness.calls()).toMatchObject([{ state: 'settled', ending: 'complete', refusal: null }])
  })
})
