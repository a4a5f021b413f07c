import Anthropic from '@anthropic-ai/sdk'

const [what] = process.argv.slice(2)
const client = new Anthropic()
const question = { model: 'claude-sonnet-4-5', max_tokens: 200, messages: [{ role: 'user', content: 'hello' }] }

try {
  if (what !== 'stream') console.log((await client.messages.create(question)).content[0].text)
  if (what !== 'plain') console.log(await client.messages.stream(question).finalText())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
