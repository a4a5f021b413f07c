import type { RefusalContext } from '../types/provider.ts'
import { retryAfterSeconds } from './refusal-status.ts'
import {
  allowanceOf,
  contextNumbers,
  type ErrorKind,
  errorKind,
  jsonReply,
  type RefusalStyle,
  sse,
} from './refusal-style.ts'

const STATUSES: Record<ErrorKind, string> = {
  money: 'FAILED_PRECONDITION',
  rate: 'RESOURCE_EXHAUSTED',
  context: 'INVALID_ARGUMENT',
  request: 'INVALID_ARGUMENT',
  size: 'INVALID_ARGUMENT',
  internal: 'INTERNAL',
}

export const geminiRefusals: RefusalStyle = {
  refuse: (context) => {
    const reply = jsonReply(context, null)
    return { ...reply, body: JSON.stringify({ error: errorOf(context, reply.status) }) }
  },
  /**
   * An error and then a finished answer: the error alone is swallowed by tools on older SDKs, which then ask again,
   * and the finish alone would look like success to the others.
   */
  cut: (context, { framing, events }) => {
    const error = {
      code: 402,
      message: context.refusal.message,
      status: 'FAILED_PRECONDITION',
      allowance: allowanceOf(context),
    }
    const part = { text: `[allowance] ${context.refusal.message}` }
    const finish = { candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }] }
    if (framing !== 'json-array') return sse({ error }) + sse(finish)
    return `${events > 0 ? ',\n' : ''}${JSON.stringify({ error })},\n${JSON.stringify(finish)}]`
  },
}

/** The Interactions API names its events and has one for errors. */
export const interactionsRefusals: RefusalStyle = {
  refuse: geminiRefusals.refuse,
  cut: (context) => {
    const error = { code: 'failed_precondition', message: context.refusal.message, allowance: allowanceOf(context) }
    return sse({ event_type: 'error', error }, 'error')
  },
}

function errorOf(context: RefusalContext, status: number): Record<string, unknown> {
  const { refusal } = context
  const kind = errorKind(refusal.code)
  const numbers = kind === 'context' ? contextNumbers(refusal) : null
  const own = numbers
    ? `The input token count (${numbers.tokens}) exceeds the maximum number of tokens allowed (${numbers.limit}). `
    : ''
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds(refusal)}s` }
  return {
    code: status,
    message: own + refusal.message,
    status: STATUSES[kind],
    ...(kind === 'rate' ? { details: [retry] } : {}),
    allowance: allowanceOf(context),
  }
}
