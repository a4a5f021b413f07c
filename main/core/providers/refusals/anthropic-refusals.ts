import type { RefusalContext } from '../types/provider.ts'
import {
  allowanceOf,
  contextNumbers,
  type ErrorKind,
  errorKind,
  jsonReply,
  type RefusalStyle,
  sse,
} from './refusal-style.ts'

const TYPES: Record<ErrorKind, string> = {
  money: 'billing_error',
  rate: 'rate_limit_error',
  context: 'invalid_request_error',
  request: 'invalid_request_error',
  size: 'request_too_large',
  internal: 'api_error',
}

/** Messages. In a stream always `billing_error`: agents retry an `overloaded_error` for ever. */
export const anthropicRefusals: RefusalStyle = {
  refuse: (context) => {
    const kind = errorKind(context.refusal.code)
    return jsonReply(context, errorBody(context, TYPES[kind], messageOf(context, kind)))
  },
  cut: (context) => sse(errorBody(context, 'billing_error', context.refusal.message), 'error'),
}

function errorBody(context: RefusalContext, type: string, message: string): Record<string, unknown> {
  return { type: 'error', error: { type, message, allowance: allowanceOf(context) }, request_id: context.callId }
}

/** Agents compact their history when they read these very words. */
function messageOf({ refusal }: RefusalContext, kind: ErrorKind): string {
  if (kind !== 'context') return refusal.message
  const numbers = contextNumbers(refusal)
  const own = numbers ? `prompt is too long: ${numbers.tokens} tokens > ${numbers.limit} maximum` : 'prompt is too long'
  return `${own}. ${refusal.message}`
}
