import { Agent, request as httpRequest } from 'node:http'

/** Callers whose conversations grow: each turn sends the one before again, as agents do. */
export interface CachedLoad {
  proxy: string
  callers: number
  stream: boolean
  /** Words that every turn begins with: long enough for a cache. */
  prefixWords: number
}

export interface CachedLoadOutcome {
  answered: number
  refused: number
}

interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** Goes on until every caller was refused. A conversation begins anew after ten turns. */
export async function runCachedLoad({ proxy, callers, stream, prefixWords }: CachedLoad): Promise<CachedLoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
  const outcome: CachedLoadOutcome = { answered: 0, refused: 0 }
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = 0, messages: Message[] = []; ; turn += 1) {
        if (turn % 10 === 0)
          messages = [{ role: 'system', content: `agent ${caller}.${turn}${' rule'.repeat(prefixWords)}` }]
        messages.push({ role: 'user', content: `turn ${turn}: and now?` })
        const status = await send(proxy, agent, { model: 'gpt-4o', messages, stream, max_tokens: 200 })
        if (status !== 200) {
          outcome.refused += 1
          return
        }
        outcome.answered += 1
        messages.push({ role: 'assistant', content: `answer ${turn}` })
      }
    }),
  )
  agent.destroy()
  return outcome
}

function send(proxy: string, agent: Agent, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
    const request = httpRequest(
      `${proxy}/openai/v1/chat/completions`,
      { method: 'POST', agent, headers },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        // A stream that was ended inside has told the caller that the cap is reached.
        response.on('end', () => resolve(text.includes('"allowance"') ? 402 : (response.statusCode ?? 0)))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}
