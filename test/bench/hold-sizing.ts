/**
 * How much to hold, tried without sockets and in simulated time: a crowd against one cap, its answers, chunks, aborts and
 * latencies drawn as in the cap matrix, over many seeds. A round takes milliseconds, so that a chosen number of
 * main/core/policy/decision/tuning.ts can be judged by more than one throw of the dice.
 *
 *   npx -y tsx test/bench/hold-sizing.ts [seeds]
 */
import { createCalibration } from '../../main/core/metering/quote/calibration.ts'
import { makeQuote } from '../../main/core/metering/quote/make-quote.ts'
import { tokensCost, type Quote } from '../../main/core/metering/quote/quote.ts'
import { marginOf, PaceMeter, StreamPaces } from '../../main/core/metering/quote/stream-pace.ts'
import type { BudgetState } from '../../main/core/policy/decision/facts.ts'
import { growHold, type Hold, sizeHold } from '../../main/core/policy/decision/size-hold.ts'
import { TUNING } from '../../main/core/policy/decision/tuning.ts'
import { createPriceBook } from '../../main/core/pricing/price-book.ts'
import { modelRequest } from '../support/load/model-request.ts'
import { seeded } from '../support/providers/unkind.ts'

interface Cell {
  callers: number
  stream: boolean
  maxOutputTokens: number | null
  inputTokens: number
  limitUsd: number
}

interface Round {
  billed: number
  booked: number
  answered: number
  cut: number
  clamped: number
  timedOut: number
  wallMs: number
  freeMs: number
}

const MODEL = 'gpt-4o'
const OUTPUT_NANOS = 10_000_000_000
const INPUT_NANOS = 2_500
const PATIENCE_MS = 5_000
const MAX_WAIT_MS = 60_000
const DEAF_MS = 250
const prices = createPriceBook({ policyPrices: [], settingsPrices: [] })

interface Call {
  quote: Quote
  hold: Hold
  isClamped: boolean
  output: number
  latencyMs: number
  startedMs: number
}

interface Waiter {
  sinceMs: number
  go(call: Omit<Call, 'output' | 'latencyMs' | 'startedMs'>): void
  refused(): void
}

function simulate({ callers, stream, maxOutputTokens, inputTokens, limitUsd }: Cell, seed: number): Round {
  const random = seeded(seed)
  const limit = limitUsd * 1e9
  const calibration = createCalibration()
  const paces = new StreamPaces()
  const running = new Set<Call>()
  const line: Waiter[] = []
  const events: { atMs: number; run(): void }[] = []
  const round: Round = { billed: 0, booked: 0, answered: 0, cut: 0, clamped: 0, timedOut: 0, wallMs: 0, freeMs: 0 }
  let nowMs = 0
  const at = (atMs: number, run: () => void) => {
    let index = events.length
    while (index > 0 && events[index - 1]!.atMs < atMs) index -= 1
    events.splice(index, 0, { atMs, run })
  }
  const budget = (): BudgetState => ({
    rule: { id: 'cap', guard: 'spend-cap' },
    unit: 'usd',
    key: null,
    window: { startMs: 0, endMs: 86_400_000, rolling: false },
    limit,
    raised: 0,
    spent: round.booked,
    held: [...running].reduce((sum, { hold }) => sum + hold.nanos, 0),
  })
  const quoteNow = (): Quote =>
    makeQuote({
      provider: 'openai',
      request: modelRequest({ model: MODEL, maxOutputTokens, output: stream ? 'visible' : 'hidden', stream }),
      estimate: { tokens: inputTokens, messageTokens: [inputTokens] },
      rateCard: (tokens) =>
        prices.rateCard({
          provider: 'openai',
          model: MODEL,
          atMs: 0,
          inputTokens: tokens,
          serviceTier: null,
          batch: false,
        }),
      learned: calibration.forModel('openai', MODEL, 'prompt'),
      marginTokens: paces.marginTokens(MODEL),
      lastTurn: null,
      storedTokens: null,
      sealed: false,
      nowMs,
    })

  const settle = (call: Call, made: number, bookedOutput: number, isReported: boolean, meter: PaceMeter) => {
    running.delete(call)
    round.billed += inputTokens * INPUT_NANOS + tokensCost(made, OUTPUT_NANOS)
    round.booked += inputTokens * INPUT_NANOS + tokensCost(bookedOutput, OUTPUT_NANOS)
    if (stream) paces.learn(MODEL, meter.pace)
    if (isReported)
      calibration.learn({
        provider: 'openai',
        model: MODEL,
        kind: 'prompt',
        estimatedInputTokens: inputTokens,
        reportedInputTokens: inputTokens,
        outputTokens: made,
        reasoningTokens: 0,
        roughOutputTokens: stream ? made : 0,
        readableTokens: 0,
        cacheReadTokens: 0,
      })
    sweep()
  }
  const start = (call: Call, over: (isCut: boolean) => void) => {
    running.add(call)
    const meter = new PaceMeter()
    const { output, latencyMs, startedMs } = call
    const end = (isCut: boolean, made: number, booked: number, isReported: boolean) => {
      settle(call, made, booked, isReported, meter)
      over(isCut)
    }
    if (!stream) return at(startedMs + latencyMs, () => end(false, output, output, true))
    const chunk = (made: number) => {
      const next = Math.min(output, made + 1 + Math.floor(random() * 400))
      at(startedMs + (latencyMs * next) / output, () => {
        const pace = meter.observe(next, nowMs)
        if (next === output) return end(false, output, output, true)
        const margin = call.isClamped ? TUNING.CLAMPED_MARGIN_TOKENS : Math.max(call.quote.marginTokens, marginOf(pace))
        const most = call.quote.hasOwnMaximum ? call.quote.worstOutputTokens : Number.POSITIVE_INFINITY
        const needed = Math.min(most, next + margin)
        if (needed > call.hold.outputTokens) {
          const wanted = Math.min(most, Math.max(needed + 256, Math.ceil(next * 1.5) + margin))
          const grown = growHold(call.quote, call.hold, needed, wanted, [budget()])
          if (!grown && call.isClamped) return end(true, output, output, true)
          if (!grown) {
            const made = Math.min(output, next + Math.ceil((output * DEAF_MS) / latencyMs))
            return end(true, made, next + marginOf(pace), false)
          }
          call.hold = grown
        }
        chunk(next)
      })
    }
    chunk(0)
  }

  const attempt = (waiter: Waiter): boolean => {
    const quote = quoteNow()
    const sizing = sizeHold(quote, [budget()], line.includes(waiter) && nowMs - waiter.sinceMs >= PATIENCE_MS)
    if (sizing.kind === 'wait') return false
    const index = line.indexOf(waiter)
    if (index >= 0) line.splice(index, 1)
    if (sizing.kind === 'refuse') waiter.refused()
    else waiter.go({ quote, hold: sizing.hold, isClamped: sizing.clampTo !== null })
    return true
  }
  let isSweeping = false
  const sweep = () => {
    if (isSweeping) return
    isSweeping = true
    while (line.length > 0 && attempt(line[0]!));
    isSweeping = false
  }
  let freeCalls = 0
  for (let caller = 0; caller < callers; caller += 1) {
    const next = () => {
      const waiter: Waiter = {
        sinceMs: nowMs,
        refused: () => {},
        go(given) {
          const wanted = 200 + Math.floor(random() * 1_800)
          const most = given.isClamped ? given.hold.outputTokens : (maxOutputTokens ?? Number.POSITIVE_INFINITY)
          if (wanted > most && given.isClamped) round.clamped += 1
          const latencyMs = 50 + random() ** 3 * 19_950
          freeCalls += latencyMs
          start({ ...given, output: Math.min(wanted, most), latencyMs, startedMs: nowMs }, (isCut) => {
            round[isCut ? 'cut' : 'answered'] += 1
            round.wallMs = nowMs
            if (!isCut) next()
          })
        },
      }
      if (line.length === 0 && attempt(waiter)) return
      line.push(waiter)
      at(nowMs + MAX_WAIT_MS, () => {
        const index = line.indexOf(waiter)
        if (index < 0) return
        line.splice(index, 1)
        round.timedOut += 1
        sweep()
      })
    }
    at(0, next)
  }
  const tick = () => {
    sweep()
    if (line.length > 0 || running.size > 0) at(nowMs + 500, tick)
  }
  at(500, tick)
  for (let event = events.pop(); event; event = events.pop()) {
    nowMs = event.atMs
    event.run()
  }
  round.freeMs = Math.max(20_000, freeCalls / callers)
  return round
}

const seeds = Number(process.argv[2] ?? 20)
for (const inputTokens of [30, 2_000])
  for (const limitUsd of [1, 5])
    for (const callers of [10, 50, 200])
      for (const stream of [false, true])
        for (const maxOutputTokens of [null, 2_500]) {
          const rounds = Array.from({ length: seeds }, (_, seed) =>
            simulate({ callers, stream, maxOutputTokens, inputTokens, limitUsd }, seed * 101 + callers),
          )
          const mean = (of: (round: Round) => number) => rounds.reduce((sum, round) => sum + of(round), 0) / seeds
          const share = (round: Round) => round.billed / 1e9 / limitUsd
          console.log(
            `input ${String(inputTokens).padStart(4)} cap $${limitUsd} ${String(callers).padStart(3)} callers ${stream ? 'stream' : 'plain '} max ${String(maxOutputTokens ?? '–').padStart(4)}: ` +
              `billed ${mean(share).toFixed(4)} (${Math.min(...rounds.map(share)).toFixed(4)}–${Math.max(...rounds.map(share)).toFixed(4)}) ` +
              `answered ${mean(({ answered }) => answered).toFixed(0)} cut ${mean(({ cut }) => cut).toFixed(1)} clamped ${mean(({ clamped }) => clamped).toFixed(1)} timed out ${mean(({ timedOut }) => timedOut).toFixed(1)} ` +
              `wall ${mean(({ wallMs }) => wallMs / 1_000).toFixed(1)} s, ${mean(({ wallMs, freeMs }) => wallMs / freeMs).toFixed(2)} of what the calls alone need`,
          )
        }
