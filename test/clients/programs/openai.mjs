import OpenAI from 'openai'

const [what, api] = process.argv.slice(2)
const client = new OpenAI()
const model = 'gpt-4.1'
const messages = [{ role: 'user', content: 'hello' }]

try {
  if (api === 'chat') {
    if (what !== 'stream')
      console.log((await client.chat.completions.create({ model, messages })).choices[0].message.content)
    if (what !== 'plain')
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
        process.stdout.write(chunk.choices[0].delta.content ?? '')
  } else {
    if (what !== 'stream') console.log((await client.responses.create({ model, input: 'hello' })).output_text)
    if (what !== 'plain')
      for await (const event of await client.responses.create({ model, input: 'hello', stream: true }))
        if (event.type === 'response.output_text.delta') process.stdout.write(event.delta)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
