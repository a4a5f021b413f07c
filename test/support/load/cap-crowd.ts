import { startHarness } from '../gateway/gateway-harness.ts'
import { unkind } from '../providers/unkind.ts'
import { type LoadOutcome, runLoad } from './cap-load.ts'
import { LOAD_APIS, type LoadApi, type LoadApiName } from './load-apis.ts'

/** A crowd, what its far end is like, and the cap over it. */
export interface Crowd {
  api: LoadApiName
  callers: number
  stream: boolean
  maxOutputTokens: number | null
  seed: number
  /** Latencies are 0.05–20 s times this. */
  scale: number
  limitUsd: number
  /** Bills reasoning that nobody sees. */
  hidden?: boolean
  /** The most that its input is billed above a fair count of it; 1 when left out. */
  inputFactor?: number
  promptWords?: number
  /** With more than one turn the far end has a cache with moods. */
  turns?: number
}

export interface CrowdResult {
  outcome: LoadOutcome
  /** By the far end's own tally, and by ours. */
  billedUsd: number
  bookedUsd: number
  /** What was spent when a call was refused for want of room: the least of all refusals; null without any. */
  leastSpentUsd: number | null
  /** Refusals after a wait of a minute. */
  waitedInVain: number
  /** Calls that were closed on an estimate: streams that were ended before their provider had reported. */
  estimated: number
  openHolds: number
  waiting: number
}

/** From noon on, wherever and whenever it runs: DeepSeek is cheaper at night, and at midnight a day's cap begins anew. */
function noonClock(): () => number {
  const startedAt = performance.now()
  return () => Math.round(Date.UTC(2026, 10, 27, 12) + performance.now() - startedAt)
}

/** Every caller calls until it is refused. */
export async function runCrowd(crowd: Crowd): Promise<CrowdResult> {
  const { api, rates, plan, behaviour } = prepared(crowd)
  const rule = { id: 'daily', guard: 'spend-cap', limitUsd: crowd.limitUsd.toFixed(2), per: 'day' }
  const harness = await startHarness({ behaviour, rules: [rule], clock: noonClock() })
  try {
    const outcome = await runLoad({ ...plan, api, proxy: harness.url })
    const calls = harness.calls(100_000)
    const refused = calls.filter((call) => call.state === 'refused')
    return {
      outcome,
      billedUsd: harness.fake.bill(rates) / 1e9,
      bookedUsd: calls.reduce((sum, call) => sum + Number(call.costUsd ?? 0), 0),
      leastSpentUsd:
        refused.length === 0 ? null : Math.min(...refused.map(({ refusal }) => Number(refusal?.spentUsd ?? 0))),
      waitedInVain: refused.filter((call) => (call.durationMs ?? 0) >= 60_000).length,
      estimated: calls.filter(({ usage }) => usage?.source === 'estimated').length,
      openHolds: harness.gateway.books.balances.openHolds,
      waiting: harness.gateway.books.waiting.length,
    }
  } finally {
    await harness.stop()
  }
}

/** As many calls by the same callers without a cap: how long they take, in milliseconds. */
export async function runUncapped(crowd: Crowd, totalCalls: number): Promise<number> {
  const { api, plan, behaviour } = prepared(crowd)
  const harness = await startHarness({ behaviour })
  try {
    return (await runLoad({ ...plan, api, proxy: harness.url, totalCalls })).wallMs
  } finally {
    await harness.stop()
  }
}

function prepared(crowd: Crowd) {
  const { seed, scale, hidden = false, inputFactor = 1, turns = 1, promptWords = 0 } = crowd
  const api: LoadApi = LOAD_APIS[crowd.api]
  const model = hidden ? api.reasoningModel : api.model
  const { callers, stream, maxOutputTokens } = crowd
  return {
    api: crowd.api,
    rates: api.rates[model]!,
    plan: { callers, stream, maxOutputTokens, model, callsPerCaller: 100_000, promptWords, turns },
    behaviour: unkind({
      seed,
      scale,
      hidden,
      inputFactor,
      ...(turns > 1 ? { cache: { writes: api.writes ?? false } } : {}),
    }),
  }
}
