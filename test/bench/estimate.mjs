// How well input is estimated before a call: node test/bench/estimate.mjs [provider]
// Recorded requests against the usage that was reported; calibrated on the calls of one half of the source projects,
// scored on those of the other half, and the other way round. What a provider keeps and no body shows is left out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, runnerImport } from 'vite'

const load = async (file) => (await runnerImport(path.resolve(file))).module
const { corpus, corpusExists, replay, seededRandom, CORPUS } = await load('test/core/providers/corpus-replay.ts')
const { countedText, estimateInput } = await load('main/core/metering/tokens/estimate.ts')
const { createCalibration } = await load('main/core/metering/quote/calibration.ts')
const { tokenFamily } = await load('main/core/metering/tokens/token-family.ts')
const { createTokenCounter } = await load('main/platform/tokens/token-counter.ts')
const { contextTokens } = await load('shared/calls/usage.ts')

const only = process.argv[2] ?? null
const FAMILIES = ['openai', 'anthropic', 'google', 'other']
const LIMITS = { openai: 3, anthropic: 5, google: 5 }

if (!corpusExists()) {
  console.log(`nothing to measure: there is no ${CORPUS}`)
  process.exit(0)
}
const folder = mkdtempSync(path.join(tmpdir(), 'estimate-bench-'))
const entry = { output: { entryFileNames: 'token-worker.cjs', codeSplitting: false } }
const built = { outDir: folder, ssr: 'main/platform/tokens/token-worker.ts', rolldownOptions: entry }
await build({ configFile: 'vite.config.gateway.ts', logLevel: 'silent', build: built })
const counter = createTokenCounter({
  workerPath: path.join(folder, 'token-worker.cjs'),
  onEstimate: (why) => console.error(why),
})
const random = seededRandom(1)
const calls = []
for (const { exchange, expected } of corpus()) {
  if (!expected.usage || exchange.requestBody === null || exchange.method !== 'POST') continue
  const result = replay(exchange, random)
  const usage = result?.reading.usage
  if (!usage || !result.request.billable || result.request.storedInput !== null) continue
  const { request, provider } = result
  if (request.messages.length === 0 || contextTokens(usage) - (expected.usage.toolUsePrompt ?? 0) <= 0) continue
  const tokens = await counter.countMessages(request.messages.map(countedText))
  const estimate = estimateInput(provider.id, request, tokens)
  calls.push({
    id: exchange.id,
    project: exchange.source.repo,
    api: request.api,
    toolUses: Object.keys(result.reading.toolUses).length > 0,
    provider: provider.id,
    model: request.model ?? '',
    family: tokenFamily(provider.id, request.model),
    direct: ['openai', 'anthropic', 'google'].includes(provider.id),
    media: request.messages.some((message) => message.media.length > 0),
    tools: request.messages.some((message) => message.role === 'tools'),
    serverWork: serverWork(exchange.requestBody),
    tokens,
    estimated: estimate.tokens,
    // What Google fetches with tools of its own is counted apart: it is no input of the request.
    reported: contextTokens(usage) - (expected.usage.toolUsePrompt ?? 0),
    messages: request.messages,
  })
}

const projects = [...new Set(calls.map((call) => call.project))].sort()
const scored = [0, 1].flatMap((half) => {
  const calibration = createCalibration()
  const inHalf = (call) => projects.indexOf(call.project) % 2 === half
  for (const call of calls.filter(inHalf)) {
    calibration.learn({
      provider: call.provider,
      model: call.model,
      kind: 'prompt',
      estimatedInputTokens: call.toolUses ? 0 : call.estimated,
      reportedInputTokens: call.reported,
      outputTokens: null,
      reasoningTokens: 0,
      roughOutputTokens: 0,
    })
  }
  return calls
    .filter((call) => !inHalf(call))
    .map((call) => {
      const { inputRatio } = calibration.forModel(call.provider, call.model, null)
      const quoted = Math.ceil(call.estimated * inputRatio)
      return { ...call, half, inputRatio, quoted, error: (quoted - call.reported) / call.reported }
    })
})

if (process.env.DUMP)
  (await import('node:fs')).writeFileSync(
    process.env.DUMP,
    JSON.stringify(
      scored.map((c) => ({
        ...c,
        messages: c.messages.map((m) => ({
          role: m.role,
          isFormat: m.isFormat,
          n: m.text.length,
          text: m.text.slice(0, 3000),
          calls: m.toolCalls.length,
          media: m.media,
        })),
      })),
    ),
  )
console.log(`${calls.length} calls of ${projects.length} projects, each scored with what the other half taught`)
console.log('| calls | n | median error | p95 | median, signed |\n|---|---|---|---|---|')
for (const family of FAMILIES) {
  const own = scored.filter((call) => call.direct && call.provider === family)
  if (own.length > 0) {
    row(`${family}, its own API`, own)
    for (const half of [0, 1])
      row(
        `… scored half ${half + 1}`,
        own.filter((call) => call.half === half),
      )
    row(
      '… plain text',
      own.filter((call) => !call.media && !call.tools && !call.serverWork),
    )
    row(
      '… with tools',
      own.filter((call) => call.tools && !call.serverWork),
    )
    row(
      '… with media',
      own.filter((call) => call.media),
    )
    row(
      '… with work of the provider’s own',
      own.filter((call) => call.serverWork),
    )
    row(
      '… over 200 tokens',
      own.filter((call) => call.reported > 200),
    )
  }
  row(
    `${family} models, anywhere`,
    scored.filter((call) => call.family === family),
  )
}
if (only) {
  const worst = scored.filter((call) => call.provider === only).sort((a, b) => Math.abs(b.error) - Math.abs(a.error))
  const byModel = Map.groupBy?.(worst, (call) => call.model) ?? new Map()
  for (const [model, list] of [...byModel].sort((a, b) => b[1].length - a[1].length).slice(0, 30)) row(model, list)
  for (const call of worst.filter((_, index) => index % Math.ceil(worst.length / 60) === 0)) {
    console.log(
      `${(call.error * 100).toFixed(0).padStart(6)} %  ${call.quoted} for ${call.reported}  ${call.model}  ${call.tools ? 'tools ' : ''}${call.media ? 'media ' : ''}${call.serverWork ? 'server ' : ''}${call.id}`,
    )
  }
}
const broken = Object.entries(LIMITS).filter(([id, limit]) => {
  const own = scored.filter((call) => call.provider === id)
  return (
    own.length > 0 &&
    quantile(
      own.map((call) => Math.abs(call.error)),
      0.5,
    ) *
      100 >
      limit
  )
})
for (const [id, limit] of broken) console.log(`over its limit of ${limit} %: ${id}`)
await counter.close()
rmSync(folder, { recursive: true, force: true })
process.exit(broken.length > 0 ? 1 : 0)

function row(name, list) {
  if (list.length === 0) return
  const errors = list.map((call) => Math.abs(call.error))
  const percent = (value) => `${(value * 100).toFixed(1)} %`
  const signed = quantile(
    list.map((call) => call.error),
    0.5,
  )
  console.log(
    `| ${name} | ${list.length} | ${percent(quantile(errors, 0.5))} | ${percent(quantile(errors, 0.95))} | ${percent(signed)} |`,
  )
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Searches, code and remote tools that the provider runs bring input that the request does not show. */
function serverWork(body) {
  return /"(web_search|web_search_preview|web_fetch|code_execution|code_interpreter|file_search|mcp|image_generation|computer|google_?search|url_?context|codeExecution|googleMaps)[a-z_0-9]*"\s*[:,}]|mcp_servers/i.test(
    body,
  )
}
