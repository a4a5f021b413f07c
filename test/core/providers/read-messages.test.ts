import { describe, expect, test } from 'vitest'
import { CHAT, GEMINI, MESSAGES, read, RESPONSES } from './request-to.ts'

describe('messages', () => {
  test('of a chat', () => {
    const { request } = read(CHAT, {
      tools: [{ type: 'function', function: { name: 'f' } }],
      messages: [
        { role: 'developer', content: 'be kind' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 't1', function: { name: 'f', arguments: '{"b":1, "a":2}' } }],
        },
        { role: 'tool', tool_call_id: 't1', content: 'done' },
      ],
    })
    expect(request.messages).toMatchObject([
      { role: 'tools' },
      { role: 'system', text: 'be kind' },
      { role: 'user', text: 'look', media: [{ type: 'image', bytes: 0, detail: 'low' }] },
      { role: 'assistant', toolCalls: [{ id: 't1', name: 'f', arguments: '{"a":2,"b":1}' }] },
      { role: 'tool', text: 'done', toolResult: { id: 't1', isError: false } },
    ])
  })

  test('of Claude, with results apart and cache breakpoints', () => {
    const { request } = read(MESSAGES, {
      tools: [{ name: 'f', cache_control: { type: 'ephemeral' } }],
      system: [{ type: 'text', text: 'sys', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't', is_error: true, content: [{ type: 'text', text: 'bad' }] },
            { type: 'text', text: 'again' },
          ],
        },
      ],
      metadata: { user_id: 'u_session_1' },
    })
    expect(request.messages).toMatchObject([
      { role: 'tools', cacheBreakpoint: '5m' },
      { role: 'system', text: 'sys', cacheBreakpoint: '1h' },
      { role: 'assistant', text: 'hm', toolCalls: [{ id: 't', name: 'f', arguments: '{"a":1}' }] },
      { role: 'tool', text: 'bad', toolResult: { id: 't', isError: true } },
      { role: 'user', text: 'again' },
    ])
    expect(request.clientIds).toEqual({ 'metadata.user_id': 'u_session_1' })
  })

  test('of Gemini', () => {
    const { request } = read(GEMINI, {
      system_instruction: { parts: [{ text: 'sys' }] },
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: 'A'.repeat(80) } }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { x: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { error: 'no' } } }] },
      ],
      cachedContent: 'cachedContents/1',
    })
    expect(request).toMatchObject({ model: 'gemini-2.5-flash', stream: true, storedInput: 'cachedContents/1' })
    expect(request.messages).toMatchObject([
      { role: 'system', text: 'sys' },
      { role: 'user', text: 'a', media: [{ type: 'image', bytes: 80 }] },
      { role: 'assistant', toolCalls: [{ name: 'f', arguments: '{"x":1}' }] },
      { role: 'tool', toolResult: { id: 'f', isError: true } },
    ])
  })

  test('of Responses, with what the provider keeps', () => {
    const { request } = read(RESPONSES, {
      instructions: 'sys',
      previous_response_id: 'resp_0',
      background: true,
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'ok' },
      ],
    })
    expect(request).toMatchObject({ storedInput: 'resp_0', background: true, output: 'hidden' })
    expect(request.messages).toMatchObject([
      { role: 'system', text: 'sys' },
      { role: 'user', text: 'hi' },
      { role: 'assistant', toolCalls: [{ id: 'c', name: 'f' }] },
      { role: 'tool', text: 'ok', toolResult: { id: 'c' } },
    ])
  })
})
