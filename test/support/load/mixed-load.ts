import { Agent, request as httpRequest } from 'node:http'
import { LOAD_APIS, type LoadApi } from './load-apis.ts'
import { openSocket } from './socket-client.ts'

/** What one client can swear to, whatever the gateway says later. */
export interface Receipt {
  /** Stands in the prompt, so that the far end's record of the call can be found. */
  token: string
  /** Null when the connection broke before the head of an answer. */
  callId: string | null
  /** The response's own id where the connection has no heads: on a WebSocket. */
  responseId: string | null
  status: number | null
  /** Its last byte was seen. */
  complete: boolean
  /** A stream that was ended because the money was: complete, with the refusal inside. */
  cut: boolean
}

export interface MixedLoad {
  proxy: string
  /** Calls of one budget; null for calls that no narrow budget holds. */
  session: string | null
  /** Unique among all loads of a run. */
  name: string
  callers: number
  random(): number
  onChunk(): void
  /** True when no more calls are to be made. */
  isOver(): boolean
}

/** A dialect each; what has other prices at night is left out. */
const { chat, responses, messages, gemini, bedrock } = LOAD_APIS
const APIS: readonly LoadApi[] = [chat, responses, messages, gemini, bedrock]
/** Calls in a hundred whose client goes away in the middle. */
const LEAVING_PERCENT = 8
/** Chunks after which it goes at the latest. */
const MOST_CHUNKS = 8

/**
 * Callers that call one after the other over every API, plain and streaming, until they are refused or `isOver`; some
 * go away in the middle of an answer.
 */
export async function runMixedLoad(load: MixedLoad): Promise<Receipt[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
  const receipts: Receipt[] = []
  await Promise.all(
    Array.from({ length: load.callers }, async (_, caller) => {
      for (let call = 0; !load.isOver(); call += 1) {
        const receipt = await oneCall(load, agent, `${load.name}.${caller}.${call}`)
        receipts.push(receipt)
        // Refused once, refused for the day.
        if (receipt.status === 402 || receipt.cut) return
      }
    }),
  )
  agent.destroy()
  return receipts
}

function oneCall({ proxy, session, random, onChunk }: MixedLoad, agent: Agent, token: string): Promise<Receipt> {
  const api = APIS[Math.floor(random() * APIS.length)]!
  const stream = random() < 0.5
  let chunksLeft = random() * 100 < LEAVING_PERCENT ? 1 + Math.floor(random() * MOST_CHUNKS) : Number.POSITIVE_INFINITY
  const tag = session === null ? '' : `/@session=${session}`
  const content = `token ${token}, please`
  return new Promise((resolve) => {
    const receipt: Receipt = { token, callId: null, responseId: null, status: null, complete: false, cut: false }
    let text = ''
    const done = (complete: boolean) =>
      resolve({ ...receipt, complete, cut: receipt.status === 200 && text.includes('"allowance"') })
    const request = httpRequest(
      proxy + tag + api.path(api.model, stream),
      { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' } },
      (response) => {
        receipt.callId = String(response.headers['x-allowance-call-id'])
        receipt.status = response.statusCode ?? null
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          onChunk()
          chunksLeft -= 1
          if (chunksLeft === 0) request.destroy()
        })
        response.on('end', () => done(response.complete && (!stream || api.terminator.test(text))))
        response.on('error', () => done(false))
      },
    )
    request.on('error', () => done(false))
    const asked = { model: api.model, messages: [{ role: 'user' as const, content }], stream, isCached: false }
    request.end(JSON.stringify(api.body({ ...asked, maxOutputTokens: 1_000 })))
  })
}

/** A client that asks for one response after the other over a WebSocket until that breaks or `isOver`. */
export async function runSocketLoad({ proxy, name, onChunk, isOver }: MixedLoad): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  const client = await openSocket(`${proxy.replace('http', 'ws')}/openai/v1/responses`).catch(() => null)
  client?.socket.on('error', () => {})
  client?.socket.on('message', onChunk)
  for (let call = 0; client && !isOver(); call += 1) {
    const token = `${name}.socket.${call}`
    client.say({ type: 'response.create', model: 'gpt-4.1', input: [{ role: 'user', content: `token ${token}` }] })
    const before = client.events.length
    const heard = await Promise.race([
      client.hear((event) => event.type === 'response.completed' && client.events.indexOf(event) >= before),
      client.closed,
    ])
    if (typeof heard === 'number') break
    const { id } = heard['response'] as { id: string }
    receipts.push({ token, callId: null, responseId: id, status: 101, complete: true, cut: false })
  }
  client?.socket.terminate()
  return receipts
}
