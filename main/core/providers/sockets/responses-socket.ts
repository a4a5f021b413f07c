import { type JsonObject, textOf } from '../../metering/framing/lenient-json.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { readResponsesRequest, RESPONSES } from '../dialects/openai/responses.ts'
import type { Dialect, ModelRequest } from '../types/provider.ts'
import { responsesReader } from '../readers/responses-reader.ts'
import { responsesFailure } from '../refusals/openai-refusals.ts'
import type { SocketConversation, SocketDialect } from './socket-dialect.ts'

const DIALECT: Dialect = {
  ...RESPONSES,
  // A socket's turns build upon each other at the provider: what is said once would stay said.
  addNotice: undefined,
  createReader: (request) => (request.output === 'none' ? warmUpReader() : responsesReader()),
}

/**
 * https://platform.openai.com/docs/guides/websocket-mode. A `response.create` frame is the body of a request; the answer
 * is the events of a stream, one a frame. One response runs at a time, and the ones asked for meanwhile wait their turn.
 */
export const RESPONSES_SOCKET: SocketDialect = {
  api: 'responses',
  matches: (head) => /\/responses$/.test(head.path),
  open: (): SocketConversation => ({
    dialect: DIALECT,
    readClient: (frame) =>
      frame['type'] === 'response.create'
        ? { kind: 'call', request: requestOf(frame), eventId: textOf(frame['event_id']) }
        : { kind: 'other' },
    readServer: (frame) => {
      const type = textOf(frame['type']) ?? ''
      // Most events do not say which response they are of: it is the one that runs.
      return type === 'error' || type.startsWith('response.') ? { kind: 'event', responseId: null } : { kind: 'other' }
    },
    refuse: (context) => responsesFailure(context, { responseId: null, model: context.model, events: 0 }),
    cut: responsesFailure,
    cancel: () => null,
  }),
}

function requestOf(frame: JsonObject): ModelRequest {
  // Whether it streams is not asked here: a socket knows no other way.
  const request = readResponsesRequest({ ...frame, stream: true })
  // Codex warms the session up before the first turn: the input is read, and nothing is made of it.
  return frame['generate'] === false ? { ...request, output: 'none', kind: 'auxiliary' } : request
}

/** A warm-up that reports no usage has cost nothing. */
function warmUpReader(): UsageReader {
  const reader = responsesReader()
  return {
    ...reader,
    event(name, value) {
      reader.event(name, value)
      const reading = reader.reading()
      if (reading.done && !reading.failed && reading.usage === null) reader.event(null, NO_USAGE)
    },
  }
}

const NO_USAGE = { type: 'response.completed', response: { usage: { input_tokens: 0, output_tokens: 0 } } }
