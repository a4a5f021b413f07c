import { type JsonObject, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { Dialect, RefusalContext } from '../types/provider.ts'
import { realtimeReader } from '../readers/realtime-reader.ts'
import { openAiError, openAiRefusals } from '../refusals/openai-refusals.ts'
import { modelRequest } from '../requests/model-request.ts'
import { RealtimeSession } from './realtime-session.ts'
import type { ClientFrame, ServerFrame, SocketDialect } from './socket-dialect.ts'

const DIALECT: Dialect = {
  api: 'realtime',
  matches: () => false,
  readRequest: (_head, body) => modelRequest('realtime', objectOf(body)),
  clamp: (_request, body, maxOutputTokens) =>
    memberAt(body, 'type') === 'response.create'
      ? { path: ['response', 'max_output_tokens'], value: maxOutputTokens }
      : null,
  createReader: realtimeReader,
  ...openAiRefusals,
}

/**
 * https://platform.openai.com/docs/guides/realtime, and the same on Azure. A response starts with the client's
 * `response.create`, or by itself when the speaker pauses: then the sound that leads to it is what has to be admitted.
 */
export const REALTIME_SOCKET: SocketDialect = {
  api: 'realtime',
  matches: (head) => /\/realtime$/.test(head.path),
  open(head) {
    const session = new RealtimeSession(head)
    return {
      dialect: DIALECT,
      readClient: (frame) => readClient(session, frame),
      readServer: (frame) => readServer(session, frame),
      refuse: (context, eventId) => [errorFrame(context, eventId)],
      cut: (context) => [errorFrame(context, null)],
      cancel: (responseId) => ({
        type: 'response.cancel',
        ...(responseId === null ? {} : { response_id: responseId }),
      }),
    }
  },
}

function readClient(session: RealtimeSession, frame: JsonObject): ClientFrame {
  switch (frame['type']) {
    case 'response.create':
      return { kind: 'call', request: session.request(frame), eventId: textOf(frame['event_id']) }
    case 'conversation.item.create':
      session.add(objectOf(frame['item']))
      return { kind: 'other' }
    case 'input_audio_buffer.append':
      session.addAudio(frame['audio'])
      return session.answersByItself ? { kind: 'may-start', request: () => session.request({}) } : { kind: 'other' }
    case 'input_audio_buffer.clear':
      session.clearAudio()
      return { kind: 'other' }
    default:
      return { kind: 'other' }
  }
}

function readServer(session: RealtimeSession, frame: JsonObject): ServerFrame {
  const type = textOf(frame['type']) ?? ''
  switch (type) {
    case 'session.created':
    case 'session.updated':
      session.adopt(frame['session'])
      return { kind: 'other' }
    case 'response.created':
      return {
        kind: 'started',
        responseId: textOf(memberAt(frame, 'response', 'id')),
        request: () => session.request({}),
      }
    case 'conversation.item.input_audio_transcription.completed':
      return { kind: 'beside', request: () => session.transcription() }
    case 'error':
      return { kind: 'error', eventId: textOf(memberAt(frame, 'error', 'event_id')) }
    default: {
      if (!type.startsWith('response.')) return { kind: 'other' }
      const responseId = textOf(frame['response_id']) ?? textOf(memberAt(frame, 'response', 'id'))
      if (type === 'response.done') session.answered(responseId)
      return { kind: 'event', responseId }
    }
  }
}

function errorFrame(context: RefusalContext, eventId: string | null): JsonObject {
  return { type: 'error', event_id: `event_${context.callId}`, error: { ...openAiError(context), event_id: eventId } }
}
