import { Agent, request as httpRequest } from 'node:http'

/** What one client can swear to, whatever the gateway says later. */
export interface Receipt {
  /** The far end's id of the answer; null when nothing of it arrived. */
  answerId: string | null
  /** Its last byte was seen. */
  complete: boolean
  refused: boolean
  /** A stream that was ended because the money was: complete, with the refusal inside. */
  cut: boolean
}

/**
 * Clients that call again and again, half of them streaming, until their connection breaks or they are refused.
 * `onChunk` is told of every piece of an answer that arrives.
 */
export async function callUntilBroken(baseUrl: string, clients: number, onChunk: () => void): Promise<Receipt[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
  const receipts: Receipt[] = []
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let call = 0; ; call += 1) {
        const receipt = await oneCall(
          baseUrl,
          agent,
          { stream: client % 2 === 0, content: `client ${client} call ${call}` },
          onChunk,
        )
        receipts.push(receipt)
        if (!receipt.complete || receipt.refused || receipt.cut) return
      }
    }),
  )
  agent.destroy()
  return receipts
}

function oneCall(
  baseUrl: string,
  agent: Agent,
  { stream, content }: { stream: boolean; content: string },
  onChunk: () => void,
): Promise<Receipt> {
  return new Promise((resolve) => {
    let text = ''
    const done = (complete: boolean, refused = false) =>
      resolve({
        answerId: /"id":"(fake_[^"]+)"/.exec(text)?.[1] ?? null,
        complete,
        refused,
        cut: text.includes('"allowance"'),
      })
    const request = httpRequest(
      `${baseUrl}/chat/completions`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          onChunk()
        })
        response.on('end', () => done(response.complete, response.statusCode !== 200))
        response.on('error', () => done(stream && text.includes('[DONE]')))
      },
    )
    request.on('error', () => done(false))
    request.end(
      JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...(stream ? { stream: true } : {}) }),
    )
  })
}
