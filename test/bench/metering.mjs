// How long metering holds a call up: node test/bench/metering.mjs
// Everything is measured on the loop of this process; the tokenizer's thread works beside it, as in the gateway.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { build, runnerImport } from 'vite'

const load = async (file) => (await runnerImport(path.resolve(file))).module
const { createPriceBook } = await load('main/core/pricing/price-book.ts')
const { priceUsage } = await load('main/core/pricing/rates/price-usage.ts')
const { countedText, estimateInput } = await load('main/core/metering/tokens/estimate.ts')
const { makeQuote } = await load('main/core/metering/quote/make-quote.ts')
const { createCalibration } = await load('main/core/metering/quote/calibration.ts')
const { createTokenCounter } = await load('main/platform/tokens/token-counter.ts')

const folder = mkdtempSync(path.join(tmpdir(), 'metering-bench-'))
await build({
  configFile: 'vite.config.gateway.ts',
  logLevel: 'silent',
  build: {
    outDir: folder,
    ssr: 'main/platform/tokens/token-worker.ts',
    rolldownOptions: { output: { entryFileNames: 'token-worker.cjs', codeSplitting: false } },
  },
})
const counter = createTokenCounter({ workerPath: path.join(folder, 'token-worker.cjs') })

const book = createPriceBook({ policyPrices: [], settingsPrices: [] })
const question = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5-20250929',
  atMs: Date.now(),
  inputTokens: 200_000,
  serviceTier: null,
  batch: false,
}
const usage = {
  uncachedInput: 1_211,
  cacheRead: 197_000,
  cacheWrite5m: 1_800,
  cacheWrite1h: 0,
  output: 310,
  reasoning: 120,
  audioInput: 0,
  audioOutput: 0,
  imageInput: 0,
  imageOutput: 0,
  source: 'reported',
}

perCall('price of a usage', 200_000, () => priceUsage(book.rateCard(question).rates, usage, { web_search: 1 }))
perCall('rates of a model asked for before', 200_000, () => book.rateCard(question))
const madeUp = () => book.rateCard({ ...question, provider: 'openrouter', model: `made-up-${Math.random()}` })
perCall('ceiling of a model never heard of', 300, madeUp)

const started = performance.now()
await counter.warm()
report('vocabulary loaded, in its thread', performance.now() - started)

// A conversation of 200,000 tokens: a long system prompt with tools, then turns of a coding agent.
const words =
  'const total = items.filter((item) => item.price > 0).reduce((sum, item) => sum + item.price, 0) // the rest\n'
const message = (role, text, breakpoint = null) => ({
  role,
  text,
  media: [],
  toolCalls: [],
  toolResult: null,
  cacheBreakpoint: breakpoint,
})
const messages = [message('tools', words.repeat(400)), message('system', words.repeat(300), '5m')]
for (let turn = 0; turn < 300; turn++) {
  messages.push(message(turn % 2 ? 'assistant' : 'user', `turn ${turn}\n${words.repeat(20)}`))
}
const request = {
  api: 'messages',
  model: question.model,
  stream: true,
  messages,
  maxOutputTokens: 32_000,
  minOutputTokens: 256,
  choices: 1,
  output: 'visible',
  billable: true,
  storedInput: null,
  background: false,
  serviceTier: null,
  kind: null,
  clientIds: {},
}
const calibration = createCalibration()
const quoteOf = (tokens) => {
  const estimate = estimateInput('anthropic', request, tokens)
  return makeQuote({
    provider: 'anthropic',
    request,
    estimate,
    rateCard: (inputTokens) => book.rateCard({ ...question, inputTokens }),
    learned: calibration.forModel('anthropic', request.model, 'tool-loop'),
    lastTurn: {
      provider: 'anthropic',
      model: request.model,
      endedAtMs: question.atMs - 20_000,
      inputTokens: 199_000,
      cacheReadTokens: 190_000,
      cacheWriteTokens: 8_000,
      hasHourWrites: false,
    },
    storedTokens: null,
    sealed: false,
    nowMs: question.atMs,
  })
}
const first = performance.now()
const quote = quoteOf(await counter.countMessages(messages.map(countedText)))
report(`first quote of a conversation of ${quote.inputTokens} tokens`, performance.now() - first)

const turns = []
const waits = []
for (let turn = 0; turn < 100; turn++) {
  messages.push(message('user', `and now ${turn}: ${words.repeat(3)}`, '5m'))
  const begun = performance.now()
  const counting = counter.countMessages(messages.map(countedText))
  const onLoop = performance.now() - begun
  const tokens = await counting
  const counted = performance.now()
  quoteOf(tokens)
  turns.push(onLoop + performance.now() - counted)
  waits.push(performance.now() - begun)
}
report('quote of the next turn, on the loop (median)', median(turns))
report('quote of the next turn, with the wait for the thread (median)', median(waits))

for (const [name, text] of [
  ['dashes', '-'.repeat(1_000_000)],
  ['spaces', ' '.repeat(1_000_000)],
  ['Chinese', '中'.repeat(333_000)],
  ['base64', Array.from({ length: 1_000_000 }, () => Math.random().toString(36)[3] ?? 'x').join('')],
  ['three megabytes of text', words.repeat(28_000)],
]) {
  const blocks = []
  const wholes = []
  for (let round = 0; round < 5; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    // One turn of the loop first, or the histogram has no beginning to measure from.
    await new Promise((resolve) => setImmediate(resolve))
    delay.enable()
    const begun = performance.now()
    const counting = counter.count(`${round}${text}`)
    const onLoop = performance.now() - begun
    await counting
    wholes.push(performance.now() - begun)
    delay.disable()
    blocks.push(Math.max(onLoop, delay.max / 1e6))
  }
  const whole = median(wholes).toFixed(0)
  report(`hostile body, ${name}: longest block of the loop (median of five, counted in ${whole} ms)`, median(blocks))
}

await counter.close()
rmSync(folder, { recursive: true, force: true })
process.exit(0)

function perCall(name, calls, work) {
  for (let warmUp = 0; warmUp < calls / 10; warmUp++) work()
  const begun = performance.now()
  for (let call = 0; call < calls; call++) work()
  report(name, (performance.now() - begun) / calls)
}

function report(name, milliseconds) {
  const text = milliseconds < 0.1 ? `${(milliseconds * 1_000).toFixed(2)} µs` : `${milliseconds.toFixed(2)} ms`
  console.log(`${text.padStart(12)}  ${name}`)
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
