import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client'
import { EventSource } from 'eventsource'
import type { AppRouter } from '../../../main/control/router.ts'
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
  const ask = async <Answer>(question: (client: Client) => Promise<Answer>): Promise<Answer> => {
    try {
      return await question(await open())
    } catch (error) {
      throw toApiError(error)
    }
  }
  const tell = async (order: (client: Client) => Promise<unknown>): Promise<void> => {
    await ask(order)
  }

  return {
    status: () => ask((to) => to.status.query()),
    calls: (query) => ask((to) => to.calls.query(query)),
    // Not `call`: a tRPC router reserves that name.
    call: (id) => ask((to) => to.callLife.query({ id })),
    spend: (query) => ask((to) => to.spend.query(query)),
    suggestions: (query) => ask((to) => to.suggestions.query(query)),
    series: (query) => ask((to) => to.series.query(query)),
    why: (query) => ask((to) => to.why.query(query)),
    notices: () => ask((to) => to.notices.query()),
    explore: {
      spend: (question) => ask((to) => to.explore.query(question)),
      forecast: (filter) => ask((to) => to.forecast.query({ filter })),
      facets: (span) => ask((to) => to.facets.query(span)),
      calls: (question) => ask((to) => to.callList.query(question)),
      spike: (question) => ask((to) => to.spike.query(question)),
      conversations: (question) => ask((to) => to.conversationList.query(question)),
      conversation: (id) => ask((to) => to.conversation.query({ id })),
      projects: () => ask((to) => to.projects.query()),
      clients: () => ask((to) => to.clients.query()),
      focus: (question) => ask((to) => to.focusExport.query(question)),
    },
    policy: () => ask((to) => to.policy.query()),
    caps: {
      list: () => ask((to) => to.ownRules.query()),
      preview: (request) => ask((to) => to.previewCap.query(request)),
      set: (request) => tell((to) => to.setCap.mutate(request)),
      switchGuard: (guard, on) => tell((to) => to.switchGuard.mutate({ guard, on })),
      remove: (id) => tell((to) => to.removeRule.mutate({ id })),
      undo: () => tell((to) => to.undoRules.mutate()),
    },
    setup: () => ask((to) => to.setup.query()),
    settings: {
      view: () => ask((to) => to.settings.query()),
      set: (key, value) => tell((to) => to.setSetting.mutate({ key, value })),
      unset: (key) => tell((to) => to.unsetSetting.mutate({ key })),
      importHistory: () => ask((to) => to.importHistory.mutate()),
      removeImported: async () => (await ask((to) => to.removeImported.mutate())).removed,
    },
    answer: (callId, answer) => tell((to) => to.answer.mutate({ callId, answer })),
    raise: (request) => tell((to) => to.raise.mutate(request)),
    pause: (session) => tell((to) => to.pause.mutate(session === undefined ? {} : { session })),
    resume: (session) => tell((to) => to.resume.mutate(session === undefined ? {} : { session })),
    killSwitch: (on) => tell((to) => to.killSwitch.mutate({ on })),
    refreshPolicy: () => tell((to) => to.refreshPolicy.mutate()),
    trustHosts: (hosts) => tell((to) => to.trustHosts.mutate({ hosts })),
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
        const subscription = opened.feed.subscribe(
          { afterSeq, canAnswer: true },
          {
            onStarted: () => observer.onOpen(),
            onData: ({ data }) => {
              if (!ended) observer.onItem(data)
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
  return createTRPCClient<AppRouter>({
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
  const data = error.data as { httpStatus?: number; allowance?: { code?: string } | null } | null | undefined
  // A 403 of its own is a no of the policy; only one that says so is about who may ask.
  if (data?.httpStatus === 401 || data?.allowance?.code === 'unauthorized') return new ApiError('denied', message)
  return new ApiError(data ? 'refused' : 'unreachable', message)
}
