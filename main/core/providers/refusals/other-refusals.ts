import { encodeMessage } from '../../metering/framing/event-stream-message.ts'
import { type ErrorKind, allowanceOf, errorKind, jsonReply, type RefusalStyle, sse } from './refusal-style.ts'
import { openAiError } from './openai-refusals.ts'

/** Mistral's SDK fails on a chunk without choices, so the cut is a valid last chunk that holds the error too. */
export const mistralRefusals: RefusalStyle = {
  refuse: (context) => {
    const { message, type, param, code, allowance } = openAiError(context)
    return jsonReply(context, { object: 'error', message, type, param, code, allowance })
  },
  cut: (context, { responseId, model }) => {
    const delta = { role: 'assistant', content: `\n\n[allowance] ${context.refusal.message}` }
    const chunk = {
      id: responseId ?? context.callId,
      object: 'chat.completion.chunk',
      created: 0,
      model: model ?? context.model ?? '',
      choices: [{ index: 0, delta, finish_reason: 'stop' }],
      error: openAiError(context),
    }
    return sse(chunk) + sse('[DONE]')
  },
}

export const cohereRefusals: RefusalStyle = {
  refuse: (context) => {
    const { message } = openAiError(context)
    return jsonReply(context, { id: context.callId, message, allowance: allowanceOf(context) })
  },
  /** Version 2 names its events; version 1 streams JSON lines. */
  cut: (context, { framing, responseId }) => {
    const { message } = context.refusal
    const allowance = allowanceOf(context)
    if (framing === 'sse') {
      return sse({ type: 'message-end', delta: { finish_reason: 'ERROR', error: message }, allowance }, 'message-end')
    }
    const response = { response_id: responseId ?? context.callId, text: '', finish_reason: 'ERROR' }
    const end = {
      is_finished: true,
      event_type: 'stream-end',
      finish_reason: 'ERROR',
      error: message,
      response,
      allowance,
    }
    return `${JSON.stringify(end)}\n`
  },
}

export const ollamaRefusals: RefusalStyle = {
  refuse: (context) => jsonReply(context, { error: openAiError(context)['message'], allowance: allowanceOf(context) }),
  cut: (context) => `${JSON.stringify({ error: context.refusal.message, allowance: allowanceOf(context) })}\n`,
}

const AMAZON_ERRORS: Record<ErrorKind, string> = {
  money: 'AccessDeniedException',
  rate: 'ThrottlingException',
  context: 'ValidationException',
  request: 'ValidationException',
  size: 'ValidationException',
  internal: 'InternalServerException',
}

/** The AWS SDK decides by the name of the error, not by its status: a throttling one is retried at any status. */
export const bedrockRefusals: RefusalStyle = {
  refuse: (context) => {
    const kind = errorKind(context.refusal.code)
    const own = kind === 'context' ? 'Input is too long for requested model. ' : ''
    const body = { message: own + context.refusal.message, allowance: allowanceOf(context) }
    return jsonReply(context, body, { 'x-amzn-errortype': AMAZON_ERRORS[kind] })
  },
  cut: (context) => {
    const body = { message: context.refusal.message, allowance: allowanceOf(context) }
    const headers = {
      ':exception-type': 'validationException',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    }
    return encodeMessage(headers, new TextEncoder().encode(JSON.stringify(body)))
  },
}
