import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { ModelRequest, PromptMessage, RequestHead } from '../types/provider.ts'
import { limitOf, modelRequest } from '../requests/model-request.ts'
import { promptMessage, toolCall, toolsMessage } from '../requests/prompt-message.ts'

/** A Realtime response is this long at the most, whatever it asks for. */
const MAX_OUTPUT_TOKENS = 4_096
/** PCM of 16 bits at 24 kHz, the widest of the formats: in base64, so many characters are a second. */
const BASE64_CHARS_PER_SECOND = 64_000
/** What the estimate takes for a second of sound (`core/metering/media`). */
const ESTIMATED_BYTES_PER_SECOND = 8_000

/**
 * What the provider keeps for a Realtime socket, as far as a call's size and cost ask for it: the session's model,
 * instructions, tools and limits, and what was said since the last response.
 */
export class RealtimeSession {
  #session: JsonObject = {}
  #model: string | null
  #unanswered: PromptMessage[] = []
  #audioChars = 0
  #lastResponseId: string | null = null

  constructor(head: RequestHead) {
    this.#model = head.query.get('model') ?? head.query.get('deployment')
  }

  /** The provider says how the session stands now (`session.created`, `session.updated`). */
  adopt(session: unknown): void {
    if (!isObject(session)) return
    this.#session = { ...this.#session, ...session }
    this.#model = textOf(session['model']) ?? this.#model
  }

  add(item: JsonObject): void {
    this.#unanswered.push(...messagesOf(item))
  }

  addAudio(base64: unknown): void {
    this.#audioChars += textOf(base64)?.length ?? 0
  }

  clearAudio(): void {
    this.#audioChars = 0
  }

  answered(responseId: string | null): void {
    this.#lastResponseId = responseId ?? this.#lastResponseId
    this.#unanswered = []
    this.#audioChars = 0
  }

  /** Whether the provider answers by itself when the speaker pauses: its way unless the client asked otherwise. */
  get answersByItself(): boolean {
    const session = this.#session
    const nested = memberAt(session, 'audio', 'input', 'turn_detection')
    const detection = nested === undefined ? session['turn_detection'] : nested
    return detection !== null && memberAt(detection, 'create_response') !== false && session['type'] !== 'transcription'
  }

  /** The next response, as this frame asks for it; an empty frame when nobody asks. */
  request(frame: JsonObject): ModelRequest {
    const asked = objectOf(frame['response'])
    const limit = [
      asked['max_output_tokens'],
      asked['max_response_output_tokens'],
      this.#session['max_output_tokens'],
      this.#session['max_response_output_tokens'],
    ]
    const instructions = textOf(asked['instructions']) ?? textOf(this.#session['instructions'])
    const input = listOf(asked['input']).flatMap((item) => messagesOf(objectOf(item)))
    const apart = asked['conversation'] === 'none'
    return modelRequest('realtime', asked, {
      model: this.#model,
      stream: true,
      messages: [
        ...toolsMessage(asked['tools'] ?? this.#session['tools']),
        ...(instructions ? [promptMessage('system', instructions)] : []),
        ...(input.length > 0 ? input : [...this.#unanswered, this.#spoken()]),
      ],
      maxOutputTokens: Math.min(limitOf(...limit) ?? MAX_OUTPUT_TOKENS, MAX_OUTPUT_TOKENS),
      output: this.#speaks(asked) ? 'hidden' : 'visible',
      storedInput: apart ? null : this.#lastResponseId,
    })
  }

  /** Writing down what was said is charged by itself, by its own model. */
  transcription(): ModelRequest {
    const model =
      memberAt(this.#session, 'audio', 'input', 'transcription', 'model') ??
      memberAt(this.#session, 'input_audio_transcription', 'model')
    return modelRequest('realtime', {}, { model: textOf(model), output: 'none', kind: 'auxiliary' })
  }

  #spoken(): PromptMessage {
    const bytes = Math.ceil((this.#audioChars / BASE64_CHARS_PER_SECOND) * ESTIMATED_BYTES_PER_SECOND)
    const media = bytes > 0 ? [{ type: 'audio' as const, bytes, width: null, height: null, detail: null }] : []
    return promptMessage('user', '', { media })
  }

  /** Sound costs several times what text does, so its whole length is held. */
  #speaks(asked: JsonObject): boolean {
    const modalities = [
      asked['output_modalities'],
      asked['modalities'],
      this.#session['output_modalities'],
      this.#session['modalities'],
    ]
    const chosen = modalities.find((value) => Array.isArray(value))
    return chosen === undefined || listOf(chosen).includes('audio')
  }
}

function messagesOf(item: JsonObject): PromptMessage[] {
  switch (item['type']) {
    case 'function_call_output':
      return [
        promptMessage('tool', textOf(item['output']) ?? '', {
          toolResult: { id: textOf(item['call_id']), isError: false },
        }),
      ]
    case 'function_call':
      return [
        promptMessage('assistant', '', { toolCalls: [toolCall(item['call_id'], item['name'], item['arguments'])] }),
      ]
    case 'message': {
      const texts = listOf(item['content']).map(
        (part) => textOf(memberAt(part, 'text')) ?? textOf(memberAt(part, 'transcript')) ?? '',
      )
      const role = item['role'] === 'assistant' || item['role'] === 'system' ? item['role'] : 'user'
      return [promptMessage(role, texts.join('\n'))]
    }
    default:
      return []
  }
}
