import { commandLine } from '../../shared/values/command-line.ts'
import {
  createTRPCClientProxy,
  createTRPCUntypedClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from '@trpc/client'
import { EventSource, type FetchLike } from 'eventsource'
import { AllowanceError, type ErrorCode, messageOf } from '../../shared/contract/errors.ts'
import type { AppRouter } from './router.ts'

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

/** The same client, with the router's own types: `client.status.query()`. */
export function connectTyped(address: ControlAddress) {
  return createTRPCClientProxy<AppRouter>(connectControl(address))
}

/** What a call to the control API failed with, as the gateway said it; a gateway that does not answer is none. */
export function controlError(error: unknown): Error {
  if (!(error instanceof TRPCClientError)) return error instanceof Error ? error : new Error(messageOf(error))
  const data = error.data as { allowance?: { code: ErrorCode; message: string; fix: string | null } } | null | undefined
  if (data?.allowance) return new AllowanceError(data.allowance.code, data.allowance.message, data.allowance.fix)
  if (data) return new AllowanceError('usage', readable(error.message))
  return new AllowanceError('no-gateway', 'the gateway does not answer', commandLine('serve'), { cause: error })
}

/** zod's issues come as JSON text; the first of them is enough. */
function readable(message: string): string {
  try {
    const [issue] = JSON.parse(message) as { path: unknown[]; message: string }[]
    return issue ? `${issue.path.join('.')}: ${issue.message}` : message
  } catch {
    return message
  }
}
