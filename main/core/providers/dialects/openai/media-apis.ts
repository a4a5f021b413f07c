import { isObject, memberAt, textOf } from '../../../metering/framing/lenient-json.ts'
import type { Dialect, ModelRequest } from '../../types/provider.ts'
import { plainReader } from '../../readers/plain-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import { limitOf, modelRequest } from '../../requests/model-request.ts'
import { mediaPart, promptMessage } from '../../requests/prompt-message.ts'

/** Image generation, edits and variations. Edits come as forms, whose fields the caller may have read (form-fields.ts). */
export const IMAGES: Dialect = {
  api: 'images',
  matches: (head) => head.method === 'POST' && /\/images?\/(generations|edits|variations|generate)$/.test(head.path),
  readRequest: (_head, body) => mediaRequest('images', body, 'prompt', { choices: limitOf(memberAt(body, 'n')) ?? 1 }),
  createReader: () => plainReader(),
  ...openAiRefusals,
}

export const SPEECH: Dialect = {
  api: 'audio.speech',
  matches: (head) => head.method === 'POST' && /\/(audio\/speech|tts)$/.test(head.path),
  readRequest: (_head, body) => mediaRequest('audio.speech', body, 'input'),
  createReader: () => plainReader(),
  ...openAiRefusals,
}

export const TRANSCRIPTION: Dialect = {
  api: 'audio.transcription',
  matches: (head) => head.method === 'POST' && /\/audio\/(transcriptions|translations)$/.test(head.path),
  readRequest: (_head, body) => mediaRequest('audio.transcription', body, 'prompt'),
  createReader: () => plainReader(),
  ...openAiRefusals,
}

/** Charged by page. */
export const OCR: Dialect = {
  api: 'ocr',
  matches: (head) => head.method === 'POST' && /\/ocr$/.test(head.path),
  readRequest(_head, body) {
    const document = memberAt(body, 'document')
    const source = memberAt(document, 'document_url') ?? memberAt(document, 'image_url')
    const messages = [promptMessage('user', '', { media: [mediaPart('document', source)] })]
    return mediaRequest('ocr', body, '', { messages, output: 'none' })
  },
  createReader: () => plainReader(),
  ...openAiRefusals,
}

function mediaRequest(api: string, body: unknown, textKey: string, parts: Partial<ModelRequest> = {}): ModelRequest {
  const fields = isObject(body) ? body : {}
  const text = textOf(fields[textKey])
  const stream = fields['stream'] === true || fields['stream'] === 'true' || fields['stream_format'] === 'sse'
  return modelRequest(api, fields, { stream, messages: text ? [promptMessage('user', text)] : [], ...parts })
}
