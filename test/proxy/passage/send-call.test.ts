import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Exchange } from '../../../main/proxy/arrival/exchange.ts'
import type { EndedCall, HeldCall, ReceivedCall } from '../../../main/proxy/call/call-states.ts'
import { sendCall, type SendParts } from '../../../main/proxy/passage/send-call.ts'

/** A held call whose reader cannot be made at first, as when a dialect has a fault. */
function setUp(isAnswered: boolean) {
  const settled: EndedCall[] = []
  const released: string[] = []
  const response = Object.assign(new PassThrough(), { statusCode: 200, headers: {} })
  let readers = 0
  const dialect = {
    createReader() {
      readers += 1
      if (readers === 1) throw new TypeError('a fault of the reader')
      return { reading: () => ({ usage: null }) }
    },
  }
  const prepared = { call: { callId: 'call1' }, dialect, request: { stream: false }, upstream: new URL('http://up') }
  const parts = {
    forwarder: {
      async send() {
        if (!isAnswered) throw new TypeError('a fault before anything was sent')
        return { response, abort: () => void response.destroy() }
      },
    },
    books: {
      release: (_id: string, reason: string) => void released.push(reason),
      ledger: { committed: async () => {} },
      traffic: { killed: new AbortController().signal },
    },
    settleCall: async (ended: EndedCall) => void settled.push(ended),
    clock: () => 0,
    log: () => {},
  }
  const held = { prepared, clampTo: null, notice: null, verdicts: [] }
  const sent = sendCall(
    parts as unknown as SendParts,
    { ingress: {} } as Exchange,
    held as unknown as HeldCall,
    { body: Buffer.from('{}'), json: {}, encoded: true } as unknown as ReceivedCall,
  )
  return { sent, settled, released, response }
}

test('a fault of ours after the provider has answered keeps what it may have charged, and is closed once', async () => {
  const { sent, settled, released, response } = setUp(true)
  await expect(sent.run()).rejects.toThrow('a fault of the reader')
  await sent.close()
  await sent.close()
  expect(settled).toHaveLength(1)
  expect(settled[0]).toMatchObject({ ending: 'upstream-broke', head: { status: 200 } })
  expect(released).toEqual([])
  expect(response.destroyed).toBe(true)
})

test('a fault of ours before anything was sent costs nothing', async () => {
  const { sent, settled, released } = setUp(false)
  await expect(sent.run()).rejects.toThrow('before anything was sent')
  await sent.close()
  expect(settled).toEqual([])
  expect(released).toHaveLength(1)
})
