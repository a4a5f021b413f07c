import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { chatChunk, type FarEnd, startFarEnd } from '../../support/providers/far-end.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { chat, startCall } from '../../support/load/raw-call.ts'

/** What still runs when the gateway has waited long enough. */
let harness: Harness
let farEnd: FarEnd
afterEach(async () => {
  await harness.stop()
  await farEnd.stop()
})

async function inFrontOf(answer: Parameters<typeof startFarEnd>[0]): Promise<string> {
  farEnd = await startFarEnd(answer)
  harness = await startHarness({ settings: { upstreams: { openai: farEnd.url } }, stopGraceMs: 20 })
  return `${harness.url}/openai/v1/chat/completions`
}

const closings = () => {
  const records: unknown[] = []
  harness.gateway.books.ledger.subscribe(({ record }) => {
    if (record?.endedAt) records.push(record)
  })
  return records
}

describe('a gateway that stops', () => {
  test('ends a stream in its own terms, and says that it was us', async () => {
    const url = await inFrontOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chatChunk(' time people water'))
    })
    const records = closings()
    const [response] = (await once(startCall(url, chat({ stream: true })), 'response')) as [IncomingMessage]
    await once(response, 'readable')
    const stopped = harness.gateway.stop('test over')
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toMatch(/"Allowance: the gateway was stopped\..*data: \[DONE\]\n\n$/s)
    expect(response.complete).toBe(true)
    await stopped
    expect(records).toMatchObject([{ state: 'settled', ending: 'cut', refusal: { code: 'paused' } }])
  })

  test('breaks a plain call off, which nobody left, and charges what is usual', async () => {
    const url = await inFrontOf(() => {})
    const records = closings()
    const asked = once(startCall(url, chat({ max_tokens: 500 })), 'response').then(
      () => 'answered',
      () => 'broken off',
    )
    await harness.waitFor(({ state }) => state === 'open')
    await harness.gateway.stop('test over')
    expect(await asked).toBe('broken off')
    expect(records).toMatchObject([{ state: 'settled', ending: 'cut', usage: { output: 500 } }])
  })
})
