import { expect } from 'vitest'
import { PROVIDERS } from '../../../main/core/providers/registry.ts'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { NO_USAGE, type Usage } from '../../../shared/calls/usage.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { answerOf, startCall } from '../../support/load/raw-call.ts'
import { startFarEnd } from '../../support/providers/far-end.ts'
import type { Odd } from './odd-answers.ts'

/** What a row says: its name, what the far end sends, the usage that is right and the price in nano-dollars. */
export type Row = [name: string, odd: Odd, usage: Partial<Usage>, nanos: number]

/** A gateway before a far end that sends the bytes it is given. */
export interface OddMeter {
  harness: Harness
  /** The call in the ledger, once the client has had the same bytes. */
  metered(odd: Odd): Promise<CallRecord>
  expectMetered(odd: Odd, usage: Partial<Usage>, nanos: number): Promise<void>
  stop(): Promise<void>
}

export async function startOddMeter(): Promise<OddMeter> {
  let current: Odd | null = null
  const far = await startFarEnd((_request, response) => {
    response.writeHead(200, { 'content-type': current?.type ?? '' })
    response.end(current?.bytes)
  })
  const harness = await startHarness({
    settings: { upstreams: Object.fromEntries(PROVIDERS.map((provider) => [provider.id, far.url])) },
  })
  async function metered(odd: Odd): Promise<CallRecord> {
    current = odd
    const answer = await answerOf(startCall(`${harness.url}${odd.path}`, odd.request))
    expect(answer.body.equals(Buffer.from(odd.bytes))).toBe(true)
    const id = String(answer.headers['x-allowance-call-id'])
    return harness.waitFor((call) => call.id === id && call.usage !== null)
  }
  return {
    harness,
    metered,
    async expectMetered(odd, usage, nanos) {
      const call = await metered(odd)
      expect(call.usage).toEqual({ ...NO_USAGE, ...usage })
      expect(nanosOf(call)).toBe(nanos)
    },
    async stop() {
      await harness.stop()
      await far.stop()
    },
  }
}

export function nanosOf(call: CallRecord): number {
  return Math.round(Number(call.costUsd) * 1e9)
}

/** What tokens cost at list prices in dollars per million, in nano-dollars. */
export function listPrice(...parts: [tokens: number, perMillion: number][]): number {
  return Math.round(parts.reduce((sum, [tokens, rate]) => sum + tokens * rate * 1_000, 0))
}
