// A provider that answers at once, in a process of its own: all that a measurement shows is what lies between.
import { createServer } from 'node:http'

const ANSWER = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-4o',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  }),
)
const USAGE = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [], usage: { prompt_tokens: 10, completion_tokens: 50, total_tokens: 60 } })}\n\ndata: [DONE]\n\n`
const CHUNK_MS = 100

const chunk = (content) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] })}\n\n`

/** The last message of a streaming request says how many chunks it wants. */
const wantedChunks = (body) => Number(/ (\d+) chunks/.exec(body.toString('latin1', body.length - 60))?.[1] ?? 1)

const server = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const body = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    // `stream` stands at the front, so that a megabyte is not searched for it.
    if (!body.subarray(0, 80).includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(ANSWER.length) })
      response.end(ANSWER)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let left = wantedChunks(body)
    const timer = setInterval(() => {
      response.write(chunk(' word after word'))
      left -= 1
      if (left > 0) return
      clearInterval(timer)
      response.end(USAGE)
    }, CHUNK_MS)
    response.on('close', () => clearInterval(timer))
  })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
