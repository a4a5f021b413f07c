import type { RefusalContext, StreamedSoFar } from '../types/provider.ts'
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
  money: 'insufficient_quota',
  rate: 'rate_limit_error',
  context: 'invalid_request_error',
  request: 'invalid_request_error',
  size: 'invalid_request_error',
  internal: 'server_error',
}

/** The error object of every OpenAI-compatible API, on its own in a body and in a stream. */
export function openAiError(context: RefusalContext): Record<string, unknown> {
  const { refusal } = context
  const kind = errorKind(refusal.code)
  return {
    message: messageOf(context, kind),
    type: TYPES[kind],
    param: kind === 'context' ? 'messages' : null,
    code: codeOf(context, kind),
    allowance: allowanceOf(context),
  }
}

/** Chat Completions and all that looks like it. A `length` finish is not a cut: agents continue on it. */
export const openAiRefusals: RefusalStyle = {
  refuse: (context) => jsonReply(context, { error: openAiError(context) }),
  cut: (context) => sse({ error: { ...openAiError(context), ...STREAM_CODES } }) + sse('[DONE]'),
}

/** What was measured to be final in a stream, whatever our reason. */
const STREAM_CODES = { type: 'insufficient_quota', param: null, code: 'spend_cap_exceeded' }

/** Assistants name their events; the error comes in one, and the stream has its own terminator. */
export const assistantsRefusals: RefusalStyle = {
  refuse: openAiRefusals.refuse,
  cut: (context) => sse({ error: { ...openAiError(context), ...STREAM_CODES } }, 'error') + sse('[DONE]', 'done'),
}

/**
 * Responses. Two events, because clients differ: the Agents SDK shows the sentence only of an `error` that comes first,
 * Codex only ends on `response.failed`, and OpenCode retries every code it does not know.
 */
export const responsesRefusals: RefusalStyle = {
  refuse: openAiRefusals.refuse,
  cut: (context, streamed) =>
    responsesFailure(context, streamed)
      .map((event) => sse(event, event.type))
      .join(''),
}

/** The events that end a Responses stream; a WebSocket sends them one a frame. */
export function responsesFailure(
  context: RefusalContext,
  streamed: Pick<StreamedSoFar, 'responseId' | 'model' | 'events'>,
): { type: string; [key: string]: unknown }[] {
  const message = context.refusal.message
  const error = { code: 'invalid_prompt', message }
  return [
    {
      type: 'error',
      code: 'invalid_prompt',
      message,
      param: null,
      error: {
        type: 'invalid_request_error',
        code: 'invalid_prompt',
        message,
        param: null,
        allowance: allowanceOf(context),
      },
      sequence_number: streamed.events,
    },
    {
      type: 'response.failed',
      response: {
        id: streamed.responseId ?? `resp_${context.callId}`,
        object: 'response',
        created_at: 0,
        status: 'failed',
        error,
        incomplete_details: null,
        model: streamed.model ?? context.model ?? '',
        output: [],
        usage: null,
      },
      sequence_number: streamed.events + 1,
    },
  ]
}

function messageOf({ refusal }: RefusalContext, kind: ErrorKind): string {
  const numbers = kind === 'context' ? contextNumbers(refusal) : null
  if (!numbers) return refusal.message
  const own = `This model's maximum context length is ${numbers.limit} tokens. However, your messages resulted in ${numbers.tokens} tokens.`
  return `${own} ${refusal.message}`
}

function codeOf({ refusal }: RefusalContext, kind: ErrorKind): string {
  switch (kind) {
    case 'internal':
      return 'server_error'
    case 'rate':
      return 'rate_limit_exceeded'
    case 'context':
      return 'context_length_exceeded'
    case 'money':
      return refusal.code === 'cap-reached' ? 'spend_cap_exceeded' : refusal.code.replaceAll('-', '_')
    case 'request':
    case 'size':
      return refusal.code.replaceAll('-', '_')
  }
}
