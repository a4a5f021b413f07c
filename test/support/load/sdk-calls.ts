import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'

/** One call with each provider's own SDK, unmodified but for the base URL that `allowance env` would set. */
export function sdkCalls(proxy: string) {
  const openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${proxy}/openai/v1` })
  const anthropic = new Anthropic({ apiKey: 'sk-ant-test', baseURL: `${proxy}/anthropic` })
  const google = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: `${proxy}/google` } })
  return {
    openai: (content: string) =>
      openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] }),
    openaiStream: async (content: string) => {
      const stream = await openai.chat.completions.create({
        model: 'gpt-4o',
        stream: true,
        messages: [{ role: 'user', content }],
      })
      let text = ''
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      return text
    },
    anthropic: (content: string) =>
      anthropic.messages.create({
        model: 'claude-3-5-haiku-20241022',
        max_tokens: 1_000,
        messages: [{ role: 'user', content }],
      }),
    google: (contents: string) => google.models.generateContent({ model: 'gemini-2.5-flash', contents }),
  }
}
