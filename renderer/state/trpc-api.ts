import { createTRPCUntypedClient, httpLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client'
import { EventSource } from 'eventsource'
import type { FeedItem } from '../../shared/contract.ts'
import { type Api, ApiError } from './api.ts'
import type { Connection } from './connection.ts'

type Client = ReturnType<typeof connect>

/**
 * The gateway over its control API. The token travels in a header, also for the feed, so that it never stands in a
 * URL; that is what the fetch-based event source is for.
 */
export function createTrpcApi(findConnection: () => Promise<Connection>): Api {
  let client: Promise<Client> | null = null
  const open = (): Promise<Client> => {
    client ??= findConnection().then(connect)
    return client
  }
  const ask = async (path: string, input?: unknown): Promise<unknown> => {
    try {
      return await (await open()).query(path, input)
    } catch (error) {
      throw toApiError(error)
    }
  }
  const tell = async (path: string, input?: unknown): Promise<void> => {
    try {
      await (await open()).mutation(path, input)
    } catch (error) {
      throw toApiError(error)
    }
  }

  return {
    status: () => ask('status') as ReturnType<Api['status']>,
    calls: (query) => ask('calls', query) as ReturnType<Api['calls']>,
    // Not `call`: a tRPC router reserves that name.
    call: (id) => ask('callLife', { id }) as ReturnType<Api['call']>,
    spend: (query) => ask('spend', query) as ReturnType<Api['spend']>,
    series: (query) => ask('series', query) as ReturnType<Api['series']>,
    notices: () => ask('notices') as ReturnType<Api['notices']>,
    policy: () => ask('policy') as ReturnType<Api['policy']>,
    answer: (callId, answer) => tell('answer', { callId, answer }),
    raise: (request) => tell('raise', request),
    pause: (session) => tell('pause', session === undefined ? {} : { session }),
    resume: (session) => tell('resume', session === undefined ? {} : { session }),
    killSwitch: (on) => tell('killSwitch', { on }),
    refreshPolicy: () => tell('refreshPolicy'),
    renew: () => {
      client = null
    },
    feed: (afterSeq, observer) => {
      let ended = false
      let stop: () => void = () => {}
      const lose = (error: unknown): void => {
        if (ended) return
        ended = true
        stop()
        observer.onLost(toApiError(error))
      }
      open().then((opened) => {
        if (ended) return
        const subscription = opened.subscription(
          'feed',
          { afterSeq },
          {
            onStarted: () => observer.onOpen(),
            onData: (envelope) => {
              if (!ended) observer.onItem((envelope as { data: FeedItem }).data)
            },
            onError: lose,
            onComplete: () => lose(new Error('the feed ended')),
            // The event source would retry on its own rhythm from an old id; the store does it, and says so on screen.
            onConnectionStateChange: (state) => {
              if (state.state === 'connecting' && state.error) lose(state.error)
            },
          },
        )
        stop = () => subscription.unsubscribe()
      }, lose)
      return () => {
        ended = true
        stop()
      }
    },
  }
}

function connect({ origin, token }: Connection) {
  const url = `${origin}/trpc`
  const authorization = `Bearer ${token}`
  return createTRPCUntypedClient({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
          },
        }),
        false: httpLink({ url, headers: { authorization } }),
      }),
    ],
  })
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof TRPCClientError)) return new ApiError('unreachable', message)
  const data = error.data as { httpStatus?: number } | null | undefined
  if (data?.httpStatus === 401 || data?.httpStatus === 403) return new ApiError('denied', message)
  return new ApiError(data ? 'refused' : 'unreachable', message)
}
