import { describe, expect, test } from 'vitest'
import { countedText, estimateInput, tokensByBytes } from '../../../../main/core/metering/tokens/estimate.ts'
import { mediaTokens } from '../../../../main/core/metering/tokens/media.ts'
import type { MediaPart } from '../../../../main/core/providers/types/provider.ts'
import { message, modelRequest } from '../../../support/load/model-request.ts'

const image = (width: number | null, height: number | null, detail: string | null = null): MediaPart => ({
  type: 'image',
  bytes: 1_000,
  width,
  height,
  detail,
})

describe('estimateInput', () => {
  test('of an OpenAI chat is what OpenAI reports for it', () => {
    // "hello world" is two tokens; a message costs 4 and a request 3. Reported by the provider: 9.
    const request = modelRequest({ model: 'gpt-4o', messages: [message('user', 'hello world')] })
    expect(estimateInput('openai', request, [2])).toEqual({ tokens: 9, messageTokens: [6] })
  })

  test('of Claude is more than o200k counts, and more again with tools', () => {
    const plain = modelRequest({ model: 'claude-sonnet-4-5', messages: [message('user', '…')] })
    expect(estimateInput('anthropic', plain, [1_000]).tokens).toBe(1_122 + 6)
    const tools = modelRequest({
      model: 'claude-sonnet-4-5',
      messages: [message('tools', '[…]'), message('user', '…')],
    })
    expect(estimateInput('anthropic', tools, [100, 1_000]).tokens).toBe(130 + 490 + 1_128)
  })

  test('of embeddings is the bare text', () => {
    const request = modelRequest({
      model: 'text-embedding-3-small',
      output: 'none',
      messages: [message('user', 'a'), message('user', 'b')],
    })
    expect(estimateInput('openai', request, [5, 7]).tokens).toBe(12)
  })

  test('counts media by the message they stand in', () => {
    const request = modelRequest({
      model: 'gpt-4o',
      messages: [message('user', 'see', [image(1_024, 1_024)]), message('user', 'so?')],
    })
    expect(estimateInput('openai', request, [1, 2]).messageTokens).toEqual([1 + 4 + 765, 2 + 4])
  })

  test('tool calls that come back are counted with their message', () => {
    const calls = {
      ...message('assistant', 'on it'),
      toolCalls: [{ id: '1', name: 'read', arguments: '{"path":"a"}' }],
    }
    expect(countedText(calls)).toBe('on itread{"path":"a"}')
  })
})

describe('mediaTokens', () => {
  test.each([
    ['gpt-4o', image(1_024, 1_024), 765],
    ['gpt-4o', image(2_048, 4_096), 1_105],
    ['gpt-4o', image(4_096, 8_192, 'low'), 85],
    ['gpt-4.1-mini', image(1_024, 1_024), 1_659],
    ['gpt-4o-mini', image(512, 512), 8_500],
  ])('of an image for %s', (model, part, tokens) => {
    expect(mediaTokens(part, 'openai', model)).toBe(tokens)
  })

  test('of an image for Claude is a 750th of its pixels, as fitted', () => {
    expect(mediaTokens(image(1_000, 750), 'anthropic', 'claude-sonnet-4-5')).toBe(1_000)
    expect(mediaTokens(image(8_000, 8_000), 'anthropic', 'claude-sonnet-4-5')).toBe(1_600)
    expect(mediaTokens(image(null, null), 'anthropic', 'claude-opus-4-8')).toBe(4_784)
  })

  test('of an image for Gemini is 258 a tile', () => {
    expect(mediaTokens(image(300, 300), 'google', 'gemini-2.5-flash')).toBe(258)
    expect(mediaTokens(image(1_536, 768), 'google', 'gemini-2.5-flash')).toBe(516)
    expect(mediaTokens(image(100, 100), 'google', 'gemini-3-pro-preview')).toBe(1_120)
  })

  test('of what shows no size is a stated guess, never nothing', () => {
    for (const type of ['image', 'document', 'audio', 'video', 'file'] as const) {
      for (const family of ['openai', 'anthropic', 'google', 'other'] as const) {
        const part = { type, bytes: 0, width: null, height: null, detail: null }
        expect(mediaTokens(part, family, null)).toBeGreaterThan(200)
        expect(mediaTokens({ ...part, bytes: 10_000_000 }, family, null)).toBeGreaterThan(200)
      }
    }
  })
})

test('a text that nobody counted is estimated by its bytes, on the high side', () => {
  expect(tokensByBytes(0)).toBe(0)
  expect(tokensByBytes(3_000)).toBe(1_000)
})
