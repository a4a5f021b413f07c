const [what, provider] = process.argv.slice(2)
const models = {
  openai: async () => new (await import('@langchain/openai')).ChatOpenAI({ model: 'gpt-4.1' }),
  anthropic: async () =>
    new (await import('@langchain/anthropic')).ChatAnthropic({ model: 'claude-sonnet-4-5', maxTokens: 200 }),
  // It reads no variable: its place is given in code.
  google: async () =>
    new (await import('@langchain/google-genai')).ChatGoogleGenerativeAI({
      model: 'gemini-2.0-flash',
      apiKey: process.env.GEMINI_API_KEY,
      ...(process.env.GOOGLE_GEMINI_BASE_URL ? { baseUrl: process.env.GOOGLE_GEMINI_BASE_URL } : {}),
    }),
}

try {
  const model = await models[provider]()
  if (what !== 'stream') console.log((await model.invoke('hello')).content)
  if (what !== 'plain')
    for await (const chunk of await model.stream('hello')) process.stdout.write(String(chunk.content))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
