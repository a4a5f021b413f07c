import { GoogleGenAI } from '@google/genai'

const [what] = process.argv.slice(2)
const client = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY })
const question = { model: 'gemini-2.0-flash', contents: 'hello' }

try {
  if (what !== 'stream') console.log((await client.models.generateContent(question)).text)
  if (what !== 'plain')
    for await (const chunk of await client.models.generateContentStream(question))
      process.stdout.write(chunk.text ?? '')
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
