import type { CallRecord } from '../../../../shared/calls/call.ts'
import { formatTokens } from '../../../../shared/values/format.ts'
import { formatUsd, type UsdNanos } from '../../../../shared/values/money.ts'
import { contextTokens, totalTokens } from '../../../../shared/calls/usage.ts'
import { nanosOf } from './rollup.ts'

export interface Cause {
  cause: 'loop' | 'cache-miss' | 'context-growth' | 'fan-out' | 'volume' | 'dear-model' | 'refused'
  /** Continues "… spent $1.84 in 14 calls: ". */
  sentence: string
  evidence: Record<string, unknown>
}

/** What else was spent, to compare with. */
export interface RestOfSpend {
  calls: number
  tokens: number
  nanos: UsdNanos
}

const LOOP_GUARDS = new Set(['loop', 'retry-storm'])
/** The same step this often in a row is a loop to look at, whatever the rule tolerates. */
const FEWEST_REPEATS = 4
const LONGEST_CYCLE = 6
/** Contexts below this are not worth a cache. In tokens. */
const CACHEABLE_TOKENS = 4_000
/** Read from the cache less than this share: a miss. */
const MISS_SHARE = 0.1
/** The part of all input that has to be missed to be the cause. */
const MISSED_PART = 0.4
const CACHE_KEPT_MS = 5 * 60_000
const GROWTH_FACTOR = 3
const GROWN_TOKENS = 20_000
const WIDE = 6
const DEAR_FACTOR = 3
const FEWEST_TO_COMPARE = 5
/** These cache prompts by themselves or when asked; of the others a miss says nothing. */
const CACHING = new Set([
  'openai',
  'azure',
  'anthropic',
  'bedrock',
  'vertex',
  'google',
  'deepseek',
  'xai',
  'openrouter',
])

/** The first of the causes that the calls bear out, the most telling first. */
export function causesOf(calls: readonly CallRecord[], subject: CallRecord | null, rest: RestOfSpend): Cause | null {
  return (
    loopOf(calls, subject) ??
    cacheMissOf(calls, subject) ??
    growthOf(calls, subject) ??
    fanOutOf(calls, subject) ??
    dearModelOf(calls, subject, rest) ??
    volumeOf(calls, subject)
  )
}

function loopOf(calls: readonly CallRecord[], subject: CallRecord | null): Cause | null {
  const told = (subject ? [subject] : calls)
    .flatMap(({ verdicts }) => verdicts.filter(({ guard }) => LOOP_GUARDS.has(guard)))
    .at(-1)
  const run = longestRun(calls)
  const retries = calls.filter(({ attempt }) => attempt > 1)
  const inRun = subject === null || run?.calls.some(({ id }) => id === subject.id)
  if (run && inRun && run.repeats >= FEWEST_REPEATS) {
    const nanos = costOf(run.calls)
    const what = run.cycle.length > 0 ? run.cycle.join(', ') : 'the same prompt'
    return {
      cause: 'loop',
      sentence: `a loop, ${what} ${run.repeats} times over with the same result, ${formatUsd(nanos)}`,
      evidence: { repeats: run.repeats, cycle: run.cycle, loopUsd: formatUsd(nanos), verdict: told?.reason ?? null },
    }
  }
  if (told)
    return {
      cause: 'loop',
      sentence: told.reason,
      evidence: { repeats: run?.repeats ?? null, cycle: run?.cycle ?? [], verdict: told.reason },
    }
  if (retries.length < FEWEST_REPEATS || retries.length * 2 < calls.length) return null
  return {
    cause: 'loop',
    sentence: `${retries.length} of its calls are retries of the same request`,
    evidence: { repeats: retries.length, cycle: [], verdict: null },
  }
}

/** The longest stretch of one conversation in which every step equals the one a cycle before it. */
function longestRun(calls: readonly CallRecord[]): { repeats: number; cycle: string[]; calls: CallRecord[] } | null {
  let best: { repeats: number; cycle: string[]; calls: CallRecord[] } | null = null
  for (const turns of conversationsOf(calls)) {
    for (let length = 1; length <= LONGEST_CYCLE; length += 1) {
      let from = 0
      for (let index = length; index <= turns.length; index += 1) {
        const mark = turns[index]?.step?.mark
        if (mark !== undefined && mark === turns[index - length]?.step?.mark) continue
        const run = turns.slice(from, index)
        const repeats = Math.floor(run.length / length)
        if (repeats > 1 && repeats * length > (best ? best.calls.length : length)) {
          best = { repeats, cycle: run.slice(-length).flatMap(({ step }) => step?.tools ?? []), calls: run }
        }
        from = index - length + 1
      }
    }
  }
  return best
}

function cacheMissOf(calls: readonly CallRecord[], subject: CallRecord | null): Cause | null {
  let input = 0
  let missed = 0
  const misses: CallRecord[] = []
  for (const turns of conversationsOf(calls)) {
    for (const [index, call] of turns.entries()) {
      const before = turns[index - 1]
      const { usage } = call
      if (!usage) continue
      const context = contextTokens(usage)
      input += context
      if (!before || !CACHING.has(call.provider) || context < CACHEABLE_TOKENS) continue
      if (Date.parse(call.startedAt) - Date.parse(before.startedAt) > CACHE_KEPT_MS) continue
      const held = Math.min(context, before.contextTokens ?? 0)
      if (held < CACHEABLE_TOKENS / 2 || usage.cacheRead >= held * MISS_SHARE) continue
      missed += held
      misses.push(call)
    }
  }
  if (subject ? !misses.some(({ id }) => id === subject.id) : misses.length < 2 || missed < input * MISSED_PART)
    return null
  return {
    cause: 'cache-miss',
    sentence: `${misses.length === 1 ? 'its history was' : `in ${misses.length} calls the history was`} paid for again, ${formatTokens(missed)} tokens that the cache should have held`,
    evidence: { missedCalls: misses.length, missedTokens: missed, inputTokens: input },
  }
}

function growthOf(calls: readonly CallRecord[], subject: CallRecord | null): Cause | null {
  const grown = conversationsOf(calls)
    .filter((turns) => subject === null || turns.some(({ id }) => id === subject.id))
    .map((turns) => {
      const until = subject ? turns.findIndex(({ id }) => id === subject.id) + 1 : turns.length
      return {
        from: turns[0]?.contextTokens ?? 0,
        to: Math.max(0, ...turns.slice(0, until).map((call) => call.contextTokens ?? 0)),
        turns: until,
      }
    })
    .sort((a, b) => b.to - a.to)[0]
  if (!grown || grown.turns < FEWEST_TO_COMPARE || grown.to < GROWN_TOKENS || grown.to < grown.from * GROWTH_FACTOR)
    return null
  return {
    cause: 'context-growth',
    sentence: `its context grew from ${formatTokens(grown.from)} to ${formatTokens(grown.to)} tokens in ${grown.turns} turns, and every turn pays for all of it`,
    evidence: { fromTokens: grown.from, toTokens: grown.to, turns: grown.turns },
  }
}

function fanOutOf(calls: readonly CallRecord[], subject: CallRecord | null): Cause | null {
  const edges = calls
    .flatMap(({ startedAt, endedAt }) => [
      { at: startedAt, step: 1 },
      { at: endedAt ?? startedAt, step: -1 },
    ])
    .sort((a, b) => (a.at === b.at ? a.step - b.step : a.at < b.at ? -1 : 1))
  let running = 0
  let most = 0
  for (const { step } of edges) {
    running += step
    most = Math.max(most, running)
  }
  if (most < WIDE || subject !== null) return null
  const agents = new Set(calls.map(({ attribution, conversation }) => attribution.agent ?? conversation)).size
  return { cause: 'fan-out', sentence: `up to ${most} calls at a time`, evidence: { parallel: most, agents } }
}

function dearModelOf(calls: readonly CallRecord[], subject: CallRecord | null, rest: RestOfSpend): Cause | null {
  const judged = subject ? [subject] : calls
  const tokens = judged.reduce((sum, { usage }) => sum + (usage ? totalTokens(usage) : 0), 0)
  if (tokens === 0 || rest.calls < FEWEST_TO_COMPARE || rest.tokens === 0 || rest.nanos === 0) return null
  const perMillion = Math.round((costOf(judged) / tokens) * 1e6)
  const othersPerMillion = Math.round((rest.nanos / rest.tokens) * 1e6)
  if (perMillion < othersPerMillion * DEAR_FACTOR) return null
  const model = judged.at(-1)?.responseModel ?? judged.at(-1)?.requestModel ?? 'its model'
  return {
    cause: 'dear-model',
    sentence: `${model} costs ${formatUsd(perMillion)} a million tokens here, the other calls at that time ${formatUsd(othersPerMillion)}`,
    evidence: { model, usdPerMillionTokens: perMillion / 1e9, othersUsdPerMillionTokens: othersPerMillion / 1e9 },
  }
}

function volumeOf(calls: readonly CallRecord[], subject: CallRecord | null): Cause | null {
  if (subject) {
    if (subject.usage === null) return null
    const callTokens = totalTokens(subject.usage)
    return {
      cause: 'volume',
      sentence: `an ordinary call of ${formatTokens(callTokens)} tokens`,
      evidence: { callTokens },
    }
  }
  const tokens = calls.reduce((sum, { usage }) => sum + (usage ? totalTokens(usage) : 0), 0)
  if (calls.length < 2) return null
  return {
    cause: 'volume',
    sentence: `${calls.length} ordinary calls, ${formatTokens(Math.round(tokens / calls.length))} tokens each`,
    evidence: { tokens },
  }
}

/**
 * Turns of each conversation, oldest first; calls of none stand alone together. What an agent asks by itself (a title, a
 * label, a batch of small questions) is no turn: such calls are alike because their task is, and share no history.
 */
function conversationsOf(calls: readonly CallRecord[]): CallRecord[][] {
  const byId = new Map<string, CallRecord[]>()
  for (const call of calls) {
    if (call.usage === null || call.kind === 'auxiliary') continue
    const id = call.conversation ?? ''
    const turns = byId.get(id)
    if (turns) turns.push(call)
    else byId.set(id, [call])
  }
  return [...byId.values()]
}

function costOf(calls: readonly CallRecord[]): UsdNanos {
  return calls.reduce((sum, { costUsd }) => sum + nanosOf(costUsd), 0)
}
