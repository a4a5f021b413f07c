import { request as httpRequest, Agent } from 'node:http'
import { LOAD_APIS, type LoadApi, type LoadApiName } from './load-apis.ts'

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
  /** Words that each prompt is made longer by; none when left out. */
  promptWords?: number
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
  const startedAt = performance.now()
  let left = plan.totalCalls ?? Number.POSITIVE_INFINITY
  await Promise.all(
    Array.from({ length: plan.callers }, async (_, caller) => {
      for (let call = 0; call < plan.callsPerCaller && left > 0; call += 1) {
        left -= 1
        const result = await oneCall(plan, agent, `caller ${caller} call ${call}: say something about the weather`)
        outcome[result] += 1
        if (result === 'refused' || result === 'cut') return
      }
    }),
  )
  outcome.wallMs = performance.now() - startedAt
  agent.destroy()
  return outcome
}

function oneCall(plan: LoadPlan, agent: Agent, question: string): Promise<'answered' | 'refused' | 'cut' | 'broken'> {
  const { model, stream, maxOutputTokens } = plan
  const api: LoadApi = LOAD_APIS[plan.api ?? 'chat']
  const content = `${question}${' and wind'.repeat((plan.promptWords ?? 0) / 2)}`
  const body = JSON.stringify(api.body({ model, content, stream, maxOutputTokens }))
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
