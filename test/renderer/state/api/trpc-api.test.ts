import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { initTRPC, TRPCError, tracked } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { FeedItem } from '../../../../shared/contract/contract.ts'
import type { ApiError, FeedObserver } from '../../../../renderer/state/api/api.ts'
import { createTrpcApi } from '../../../../renderer/state/api/trpc-api.ts'
import { aNotice, aStatus } from '../../fixtures/world.ts'

/** A control API of the same make over loopback: the token in a header, the feed over SSE. */
const seen: { input: unknown; url: string }[] = []
let server: Server
let origin: string

beforeEach(async () => {
  seen.length = 0
  const t = initTRPC.context<{ token: string | undefined; url: string }>().create()
  const guarded = t.procedure.use(({ ctx, next }) => {
    if (ctx.token !== 'Bearer right') throw new TRPCError({ code: 'UNAUTHORIZED', message: 'not signed in' })
    return next()
  })
  const router = t.router({
    status: guarded.query(() => aStatus()),
    pause: guarded.input(z.object({ session: z.string().optional() })).mutation(({ input, ctx }) => {
      seen.push({ input, url: ctx.url })
    }),
    raise: guarded
      .input(z.object({ amountUsd: z.string(), reason: z.string(), rule: z.string().optional() }))
      .mutation(() => {
        throw new TRPCError({ code: 'BAD_REQUEST', message: 'the policy allows $5.00 a day' })
      }),
    killSwitch: guarded.input(z.object({ on: z.boolean() })).mutation(() => {
      throw new TRPCError({ code: 'FORBIDDEN', message: 'this gateway cannot pause traffic' })
    }),
    feed: guarded.input(z.object({ afterSeq: z.number() })).subscription(async function* ({ input, ctx, signal }) {
      seen.push({ input, url: ctx.url })
      const seq = input.afterSeq + 1
      const item: FeedItem = { type: 'notice', seq, notice: aNotice({ seq }) }
      yield tracked(String(seq), item)
      await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    }),
  })
  server = createHTTPServer({
    router,
    basePath: '/trpc/',
    createContext: ({ req }) => ({ token: req.headers.authorization, url: req.url ?? '' }),
  }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const apiWith = (token: string) => createTrpcApi(async () => ({ origin, token }))

function follow(token: string, afterSeq: number) {
  let stop = () => {}
  const first = new Promise<FeedItem>((resolve, reject) => {
    const observer: FeedObserver = { onOpen: () => {}, onItem: resolve, onLost: reject }
    stop = apiWith(token).feed(afterSeq, observer)
  })
  return { first, stop: () => stop() }
}

test('asks with the token in a header', async () => {
  expect((await apiWith('right').status()).sentence).toBe(aStatus().sentence)
})

test('tells what the developer decided', async () => {
  await apiWith('right').pause('s1')
  await apiWith('right').pause()
  expect(seen.map((call) => call.input)).toEqual([{ session: 's1' }, {}])
})

test('a wrong token is a denial', async () => {
  await expect(apiWith('wrong').status()).rejects.toMatchObject({ code: 'denied' })
})

test('a no of the gateway keeps its reason', async () => {
  const asked = apiWith('right').raise({ amountUsd: '50', reason: 'more' })
  await expect(asked).rejects.toMatchObject({ code: 'refused', message: 'the policy allows $5.00 a day' })
})

test('a no that is no matter of signing in does not sign the tab out', async () => {
  await expect(apiWith('right').killSwitch(true)).rejects.toMatchObject({ code: 'refused' })
})

test('nobody there is told apart from a no', async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await expect(apiWith('right').status()).rejects.toMatchObject({ code: 'unreachable' })
})

test('follows the feed after a seq, and the token is in no URL', async () => {
  const { first, stop } = follow('right', 41)
  expect(await first).toMatchObject({ type: 'notice', seq: 42 })
  stop()
  expect(seen[0]?.input).toEqual({ afterSeq: 41 })
  expect(seen[0]?.url).not.toContain('right')
})

test('a feed that is denied says so', async () => {
  const { first } = follow('wrong', 0)
  await expect(first).rejects.toMatchObject({ code: 'denied' })
})

test('a feed whose gateway goes away is lost once, and does not come back by itself', async () => {
  const losses: ApiError[] = []
  const lost = new Promise<void>((resolve) => {
    apiWith('right').feed(0, {
      onOpen: () => {},
      onItem: () => server.closeAllConnections(),
      onLost: (error) => {
        losses.push(error)
        resolve()
      },
    })
  })
  await lost
  expect(losses.map((error) => error.code)).toEqual(['unreachable'])
  expect(seen).toHaveLength(1)
})
