import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contextTokens, totalTokens } from '../../../shared/calls/usage.ts'
import { type Client, Matrix, MODES } from './matrix.ts'

const NO_ROOM = [{ id: 'tiny-cap', guard: 'spend-cap', limitUsd: '0.0000001', per: 'day' }]

/** Each client by each way: it works, is metered to the token, is known for who it is, and takes a no as a no. */
export function describeClients(clients: readonly Client[]): void {
  describe('works, is metered and attributed', () => {
    const matrix = new Matrix()
    beforeAll(() => matrix.start())
    afterAll(() => matrix.stop())

    test.each(cells(clients))('%s by %s', async (_name, mode, client) => {
      const { code, output, calls } = await matrix.run(client, mode, 'both')
      await matrix.settled()
      expect(code, output).toBe(0)
      const billed = matrix.billed()
      expect(billed.length, output).toBeGreaterThan(0)
      // A warm-up costs nothing, and the far end does not bill for it.
      const charged = calls.filter(({ usage }) => usage !== null && totalTokens(usage) > 0)
      // Every call that the provider would bill for, and no other, to the token; those side by side in any order.
      expect(
        charged.map(({ usage }) => [usage && contextTokens(usage), usage?.cacheRead, usage?.output]).sort(),
        output,
      ).toEqual(billed.sort())
      for (const call of charged) expect(Number(call.costUsd)).toBeGreaterThan(0)
      for (const call of calls) {
        expect(call).toMatchObject({
          state: 'settled',
          ending: 'complete',
          billing: 'metered',
          usage: { source: 'reported' },
          attribution: {
            project: 'shop-web',
            branch: 'feat/matrix',
            // A test runner is among its ancestors.
            environment: 'test',
            process: { cwd: matrix.repository, command: expect.stringMatching(client.process) },
          },
        })
      }
    })
  })

  describe('a refusal is one request and one sentence', () => {
    const matrix = new Matrix()
    beforeAll(() => matrix.start(NO_ROOM))
    afterAll(() => matrix.stop())

    test.each(cells(clients))('%s by %s', async (_name, mode, client) => {
      const { output, calls } = await matrix.run(client, mode, 'plain')
      expect(
        calls.map(({ state }) => state),
        output,
      ).toEqual(Array.from({ length: client.refusedRequests ?? 1 }, () => 'refused'))
      expect(matrix.fake.records, output).toEqual([])
      if (client.hidesSentence) expect(output).toContain('402')
      else expect(output.replace(/\s+/g, ' ')).toContain('tiny-cap')
    })
  })
}

function cells(clients: readonly Client[]): [string, (typeof MODES)[number], Client][] {
  return clients.flatMap((client) =>
    MODES.map((mode): [string, (typeof MODES)[number], Client] => [client.name, mode, client]),
  )
}
