import type { Refusal, RefusalCode } from '../../../../shared/calls/verdict.ts'
import type { Dialect, LocalReply, RefusalContext } from '../types/provider.ts'
import { refusalHeaders, refusalStatus } from './refusal-status.ts'

/** How one family of APIs says no: before the first byte, and inside a stream. */
export type RefusalStyle = Pick<Dialect, 'refuse' | 'cut'>

/** What a refusal is to a client, whatever our reason: the provider's own kinds of error. */
export type ErrorKind = 'money' | 'rate' | 'context' | 'request' | 'size' | 'internal'

export function errorKind(code: RefusalCode): ErrorKind {
  if (code === 'rate-limited') return 'rate'
  if (code === 'context-too-large') return 'context'
  if (code === 'bad-request') return 'request'
  if (code === 'internal') return 'internal'
  return code === 'too-large' ? 'size' : 'money'
}

/** The machine readable part of a refusal, beside the provider's own fields (contract section 4). */
export function allowanceOf({ refusal, callId }: RefusalContext): Record<string, unknown> {
  const { code, rule, policyVersion, spentUsd, heldUsd, limitUsd, resetsAt } = refusal
  return { code, rule, policyVersion, spentUsd, heldUsd, limitUsd, resetsAt, callId }
}

/** A reply with the status and headers that this refusal has in every dialect. */
export function jsonReply(context: RefusalContext, body: unknown, headers: Record<string, string> = {}): LocalReply {
  return {
    status: refusalStatus(context.refusal, context.headers),
    headers: { ...refusalHeaders(context.refusal), ...headers },
    body: JSON.stringify(body),
  }
}

/** The numbers of a refused context, null when the refusal has none to show. */
export function contextNumbers(refusal: Refusal): { tokens: number; limit: number } | null {
  const { contextTokens: tokens, contextLimit: limit } = refusal
  return typeof tokens === 'number' && typeof limit === 'number' ? { tokens, limit } : null
}

/** One server-sent event. */
export function sse(data: unknown, event?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
}
