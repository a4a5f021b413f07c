import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'

const [what, provider] = process.argv.slice(2)
// Google's is the one that reads no variable: its place is given in code.
const google = process.env.GOOGLE_GEMINI_BASE_URL ? { baseURL: `${process.env.GOOGLE_GEMINI_BASE_URL}/v1beta` } : {}
const models = {
  openai: () => createOpenAI()('gpt-4.1'),
  anthropic: () => createAnthropic()('claude-sonnet-4-5'),
  google: () => createGoogleGenerativeAI({ apiKey: process.env.GEMINI_API_KEY, ...google })('gemini-2.0-flash'),
}
const question = { model: models[provider](), prompt: 'hello', maxOutputTokens: 200 }

try {
  if (what !== 'stream') console.log((await generateText(question)).text)
  if (what !== 'plain') for await (const text of streamText(question).textStream) process.stdout.write(text)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
