import { createTRPCUntypedClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { EventSource, type FetchLike } from 'eventsource'

/** Where a gateway's control API answers, and the token that opens it: what `runtime.json` says. */
export interface ControlAddress {
  control: string
  token: string
}

export type ControlClient = ReturnType<typeof connectControl>

/**
 * A client of the control API for programs on Node: the desktop's main process and the CLI. Nothing is sent before
 * the first question. The token travels in a header, also for the feed, so that it never stands in a URL.
 */
export function connectControl({ control, token }: ControlAddress) {
  const url = `${control}/trpc`
  const authorization = `Bearer ${token}`
  const withToken: FetchLike = (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } })
  return createTRPCUntypedClient({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url, EventSource, eventSourceOptions: { fetch: withToken } }),
        false: httpLink({ url, headers: { authorization } }),
      }),
    ],
  })
}
