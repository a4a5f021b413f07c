import { request as httpRequest, Agent } from 'node:http'
import { LOAD_APIS, type LoadApi, type LoadApiName, type LoadMessage } from './load-apis.ts'

/** What a crowd of callers is asked to do. */
export interface LoadPlan {
  /** The proxy's own URL. */
  proxy: string
  /** Chat completions when left out. */
  api?: LoadApiName
  callers: number
  stream: boolean
  maxOutputTokens: number | null
  model: string
  /** Calls that each caller makes at most; it stops at its first refusal. */
  callsPerCaller: number
  /** Calls of all callers together at most: the same load again, without a cap to end it. */
  totalCalls?: number
  /** Words that the first prompt of a conversation is made longer by; none when left out. */
  promptWords?: number
  /** Turns of a conversation, each of which sends the ones before again, as agents do; 1 when left out. */
  turns?: number
}

export interface LoadOutcome {
  answered: number
  refused: number
  /** Streams that were ended inside. */
  cut: number
  broken: number
  wallMs: number
}

/** Callers that each call again and again until they are refused: what a crowd of agents does to a cap. */
export async function runLoad(plan: LoadPlan): Promise<LoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
  const outcome: LoadOutcome = { answered: 0, refused: 0, cut: 0, broken: 0, wallMs: 0 }
  const { turns = 1, promptWords = 0 } = plan
  const startedAt = performance.now()
  let left = plan.totalCalls ?? Number.POSITIVE_INFINITY
  await Promise.all(
    Array.from({ length: plan.callers }, async (_, caller) => {
      let messages: LoadMessage[] = []
      for (let call = 0; call < plan.callsPerCaller && left > 0; call += 1) {
        left -= 1
        if (call % turns === 0) messages = []
        const more = messages.length === 0 ? ' and wind'.repeat(promptWords / 2) : ''
        const content = `caller ${caller} call ${call}: say something about the weather${more}`
        messages = [...messages, { role: 'user', content }]
        const result = await oneCall(plan, agent, messages)
        outcome[result] += 1
        if (result === 'refused' || result === 'cut') return
        messages = [...messages, { role: 'assistant', content: `answer ${call}` }]
      }
    }),
  )
  outcome.wallMs = performance.now() - startedAt
  agent.destroy()
  return outcome
}

function oneCall(
  plan: LoadPlan,
  agent: Agent,
  messages: readonly LoadMessage[],
): Promise<'answered' | 'refused' | 'cut' | 'broken'> {
  const { model, stream, maxOutputTokens, turns = 1 } = plan
  const api: LoadApi = LOAD_APIS[plan.api ?? 'chat']
  const body = JSON.stringify(api.body({ model, messages, stream, maxOutputTokens, isCached: turns > 1 }))
  return new Promise((resolve) => {
    const request = httpRequest(
      plan.proxy + api.path(model, stream),
      { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' } },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          if (response.statusCode === 402) resolve('refused')
          else if (response.statusCode !== 200) resolve('broken')
          else if (plan.stream && text.includes('"allowance"')) resolve('cut')
          else resolve(!plan.stream || api.terminator.test(text) ? 'answered' : 'broken')
        })
        response.on('error', () => resolve('broken'))
      },
    )
    request.on('error', () => resolve('broken'))
    request.end(body)
  })
}
