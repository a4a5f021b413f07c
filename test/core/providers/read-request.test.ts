import { describe, expect, test } from 'vitest'
import { BadRequest, type ModelRequest } from '../../../main/core/providers/types/provider.ts'
import { providerById } from '../../../main/core/providers/registry.ts'
import { formFields } from '../../../main/core/providers/requests/form-fields.ts'
import { imageSize } from '../../../main/core/providers/requests/image-size.ts'
import { CHAT, dialectOf, GEMINI, MESSAGES, read, RESPONSES, type To } from './request-to.ts'

describe('what is seen of the output as it streams by', () => {
  const user = [{ role: 'user', content: 'hi' }]
  test.each<[string, To, unknown, ModelRequest['output']]>([
    ['a chat stream', CHAT, { model: 'gpt-4o', stream: true, messages: user }, 'visible'],
    ['a plain answer', CHAT, { model: 'gpt-4o', messages: user }, 'hidden'],
    ['several choices', CHAT, { model: 'gpt-4o', stream: true, n: 2 }, 'hidden'],
    ['hidden reasoning', CHAT, { model: 'gpt-5-mini', stream: true }, 'hidden'],
    [
      'hidden reasoning behind a gateway',
      ['openrouter', '/api/v1/chat/completions'],
      { model: 'openai/o4-mini', stream: true },
      'hidden',
    ],
    ['reasoning switched off', CHAT, { model: 'gpt-5.1', stream: true, reasoning_effort: 'none' }, 'visible'],
    [
      'reasoning that is shown',
      ['deepseek', '/chat/completions'],
      { model: 'deepseek-reasoner', stream: true },
      'visible',
    ],
    ['speech', CHAT, { model: 'gpt-4o-audio', stream: true, modalities: ['text', 'audio'] }, 'hidden'],
    ['Responses', RESPONSES, { model: 'gpt-4.1', stream: true, tools: [{ type: 'function' }] }, 'visible'],
    ['server tools', RESPONSES, { model: 'gpt-4.1', stream: true, tools: [{ type: 'web_search' }] }, 'hidden'],
    ['Claude', MESSAGES, { stream: true, tools: [{ name: 'f' }, { type: 'bash_20250124' }] }, 'visible'],
    ['Claude thinking', MESSAGES, { stream: true, thinking: { type: 'adaptive' } }, 'hidden'],
    ['Claude with a server tool', MESSAGES, { stream: true, tools: [{ type: 'web_search_20250305' }] }, 'hidden'],
    ['Gemini thinking', GEMINI, { contents: [] }, 'hidden'],
    ['Gemini not thinking', GEMINI, { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, 'visible'],
    ['Ollama streams by default', ['ollama', '/api/chat'], { model: 'l' }, 'visible'],
    ['embeddings', ['openai', '/v1/embeddings'], { input: 'a' }, 'none'],
  ])('%s', (_name, to, body, output) => {
    expect(read(to, body).request.output).toBe(output)
  })
})

describe('limits', () => {
  test.each<[string, To, unknown, Partial<ModelRequest>, string[] | null]>([
    ['an old model', CHAT, { model: 'gpt-4o' }, { maxOutputTokens: null, minOutputTokens: 256 }, ['max_tokens']],
    ['a reasoning model', CHAT, { model: 'o3' }, {}, ['max_completion_tokens']],
    ['the name that is there', CHAT, { model: 'o3', max_tokens: 9 }, { maxOutputTokens: 9 }, ['max_tokens']],
    [
      'choices',
      CHAT,
      { model: 'gpt-4o', n: 3, max_completion_tokens: 100 },
      { maxOutputTokens: 100, choices: 3 },
      ['max_completion_tokens'],
    ],
    [
      'prompts of a legacy completion',
      ['openai', '/v1/completions'],
      { prompt: [[1, 2], [3]], n: 2 },
      { maxOutputTokens: 16, choices: 4 },
      ['max_tokens'],
    ],
    ['Responses', RESPONSES, { max_output_tokens: 50 }, { maxOutputTokens: 50 }, ['max_output_tokens']],
    [
      'a thinking budget',
      MESSAGES,
      { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 4000 } },
      { maxOutputTokens: 9000, minOutputTokens: 5024 },
      ['max_tokens'],
    ],
    [
      'Gemini in camel case',
      GEMINI,
      { generationConfig: { maxOutputTokens: 70 } },
      { maxOutputTokens: 70 },
      ['generationConfig', 'maxOutputTokens'],
    ],
    [
      'Gemini in snake case',
      GEMINI,
      { generation_config: { max_output_tokens: 70 } },
      { maxOutputTokens: 70 },
      ['generation_config', 'max_output_tokens'],
    ],
    [
      'Gemini inside Code Assist',
      ['google', '/v1internal:streamGenerateContent'],
      { model: 'g', request: { contents: [] } },
      { model: 'g' },
      ['request', 'generationConfig', 'maxOutputTokens'],
    ],
    [
      'Converse',
      ['bedrock', '/model/a%3A0/converse-stream'],
      { inferenceConfig: { maxTokens: 5 } },
      { model: 'a:0', maxOutputTokens: 5, stream: true },
      ['inferenceConfig', 'maxTokens'],
    ],
    [
      'Titan',
      ['bedrock', '/model/amazon.titan-text-express-v1/invoke'],
      { inputText: 'a', textGenerationConfig: { maxTokenCount: 8 } },
      { maxOutputTokens: 8 },
      ['textGenerationConfig', 'maxTokenCount'],
    ],
    ['a family nobody knows', ['bedrock', '/model/acme.x/invoke'], { prompt: 'a' }, {}, null],
    [
      'Ollama',
      ['ollama', '/api/generate'],
      { options: { num_predict: 4 } },
      { maxOutputTokens: 4 },
      ['options', 'num_predict'],
    ],
    [
      'Ollama without a limit',
      ['ollama', '/api/generate'],
      { options: { num_predict: -1 } },
      { maxOutputTokens: null },
      ['options', 'num_predict'],
    ],
  ])('%s', (_name, to, body, expected, path) => {
    const { dialect, request } = read(to, body)
    expect(request).toMatchObject(expected)
    expect(dialect.clamp?.(request, body, 300) ?? null).toEqual(path && { path, value: 300 })
  })
})

test.each<[string, To, unknown, boolean]>([
  ['a stream that does not say', CHAT, { stream: true }, true],
  ['a stream with other options', CHAT, { stream: true, stream_options: { x: 1 } }, true],
  ['a client that asks itself', CHAT, { stream: true, stream_options: { include_usage: true } }, false],
  ['no stream', CHAT, {}, false],
  ['Mistral, which reports anyway', ['mistral', '/v1/chat/completions'], { stream: true }, false],
])('usage is asked for: %s', (_name, to, body, asks) => {
  const { dialect, request } = read(to, body)
  const edit = asks ? { path: ['stream_options', 'include_usage'], value: true } : null
  expect(dialect.askForUsage?.(request, body) ?? null).toEqual(edit)
})

test.each<[string, To, string, boolean]>([
  ['counting tokens', ['anthropic', '/v1/messages/count_tokens'], 'count_tokens', false],
  ['moderation', ['openai', '/v1/moderations'], 'moderation', false],
  ['reading a stored response', ['openai', '/v1/responses/resp_1', 'GET'], 'responses.stored', false],
  ['cancelling one', ['openai', '/v1/responses/resp_1/cancel'], 'responses.stored', false],
  ['making a batch', ['openai', '/v1/batches'], 'batches', true],
  ['Claude in a batch', ['anthropic', '/v1/messages/batches'], 'batches', true],
  ['a path that nobody knows', ['openai', '/v1/brand-new'], 'other', true],
  ['compacting a history', ['openai', '/v1/responses/compact'], 'responses.compact', true],
])('%s is %s', (_name, to, api, billable) => {
  expect(read(to, { model: 'm' }).request).toMatchObject({ api, billable })
})

test.each<To>([
  ['openai', '/v1/models', 'GET'],
  ['openai', '/v1/files'],
  ['anthropic', '/v1/models', 'GET'],
  ['ollama', '/api/tags', 'GET'],
])('%s %s is no call', (...to) => {
  expect(dialectOf(to)).toBeNull()
})

test('an upload to a path that nobody knows is no call', () => {
  const head = {
    method: 'POST',
    path: '/v1/brand-new',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/octet-stream' },
  }
  expect(providerById('openai')?.dialects.filter((dialect) => dialect.matches(head))).toEqual([])
})

test('a body that is no object is a bad request', () => {
  for (const body of [null, [], 'text', 3]) expect(() => read(CHAT, body)).toThrow(BadRequest)
})

test('the fields of a form are read, its files are not', () => {
  const form = [
    '--b1',
    'Content-Disposition: form-data; name="model"',
    '',
    'whisper-1',
    '--b1',
    'Content-Disposition: form-data; name="file"; filename="a.mp3"',
    'Content-Type: audio/mpeg',
    '',
    '\u0000\u00ff',
    '--b1',
    'Content-Disposition: form-data; name="stream"',
    '',
    'true',
    '--b1--',
    '',
  ].join('\r\n')
  expect(formFields('multipart/form-data; boundary=b1', form)).toEqual({ model: 'whisper-1', stream: true })
  expect(formFields('application/json', form)).toBeNull()
})

test('the size of an image is read from its first bytes', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452000004000000030008060000', 'hex').toString('base64')
  const gif = Buffer.from('474946383961400120030000', 'hex').toString('base64')
  const jpeg = Buffer.from(
    'ffd8ffe000104a46494600010100000100010000ffc0001108012c01900301220002110103110100',
    'hex',
  ).toString('base64')
  expect([png, gif, jpeg, 'AAAA', '!'].map(imageSize)).toEqual([
    { width: 1024, height: 768 },
    { width: 320, height: 800 },
    { width: 400, height: 300 },
    null,
    null,
  ])
})
