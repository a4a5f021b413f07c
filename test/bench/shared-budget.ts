/**
 * One budget of $1.00 over twenty gateway processes and 1,000 calls that would cost two and a half times as much: how
 * far the provider's own bill goes beyond the budget, and how much of it was used. Once with a server that is well, once
 * with one that is killed in the middle and comes back empty, once with 300 ms added to each of its answers.
 *
 *   npx -y tsx test/bench/shared-budget.ts [well|killed|slow …]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { slowWay, startRedis } from '../support/redis.ts'

const GATEWAYS = 20
const CALLS = 1_000
const PARALLEL_EACH = 2
const LIMIT_NANOS = 1e9
const INPUT_NANOS = 2_500
const OUTPUT_NANOS = 10_000

type Weather = 'well' | 'killed' | 'slow'
const wanted = process.argv.slice(2) as Weather[]

// Each gateway is ended with this process.
process.setMaxListeners(GATEWAYS + 10)
buildProgram()
for (const weather of wanted.length > 0 ? wanted : (['well', 'killed', 'slow'] as const)) await measure(weather)
process.exit(0)

async function measure(weather: Weather): Promise<void> {
  let dice = 7
  const roll = () => (dice = (dice * 16_807) % 2_147_483_647) / 2_147_483_647
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-bench-'))
  const redis = await startRedis()
  const way = await slowWay(redis.port, weather === 'slow' ? 300 : 0)
  const fake = new FakeProvider({
    inputTokens: () => 200,
    outputTokens: () => 40 + Math.floor(roll() * 400),
    latencyMs: () => 200 + roll() * 1_500,
  })
  const origin = await fake.start()
  const policy = path.join(folder, 'policy.json')
  writeFileSync(
    policy,
    JSON.stringify({
      schema: 1,
      version: 1,
      timezone: 'UTC',
      rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'month', shared: true }],
      shared: { url: way.url },
    }),
  )
  const gateways: GatewayProgram[] = []
  for (let at = 0; at < GATEWAYS; at += 4)
    gateways.push(
      ...(await Promise.all(
        [0, 1, 2, 3].map((more) =>
          startGatewayProgram(
            path.join(folder, `home${at + more}`),
            { ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: origin }) },
            ['--policy', policy],
          ),
        ),
      )),
    )
  const startedAt = performance.now()
  let sent = 0
  let answered = 0
  let refused = 0
  const others = new Map<string, number>()
  const waits: number[] = []
  const work = async ({ proxy }: GatewayProgram) => {
    while (sent < CALLS) {
      sent += 1
      const stream = sent % 2 === 0
      const from = performance.now()
      const response = await fetch(`${proxy}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' },
        body: JSON.stringify({
          model: 'gpt-4o',
          stream,
          ...(stream ? {} : { max_tokens: 600 }),
          messages: [{ role: 'user', content: `Tell me about number ${sent}.` }],
        }),
      })
      await response.text()
      waits.push(performance.now() - from)
      if (response.ok) answered += 1
      else if (response.status === 402) refused += 1
      else others.set(String(response.status), (others.get(String(response.status)) ?? 0) + 1)
    }
  }
  const trouble = async () => {
    if (weather !== 'killed') return
    while (spent() < LIMIT_NANOS / 2) await delay(20)
    await redis.kill()
    await delay(1_000)
    await redis.start()
  }
  await Promise.all([
    trouble(),
    ...gateways.flatMap((gateway) => Array.from({ length: PARALLEL_EACH }, () => work(gateway))),
  ])
  const seconds = (performance.now() - startedAt) / 1_000
  const billed = spent()
  waits.sort((a, b) => a - b)
  console.log(
    `${weather}: billed $${(billed / 1e9).toFixed(6)} of $1.00: overshoot ${percent(Math.max(0, billed - LIMIT_NANOS))},` +
      ` utilisation ${percent(Math.min(billed, LIMIT_NANOS))}; ${answered} answered, ${refused} refused` +
      `${others.size > 0 ? `, others ${JSON.stringify([...others])}` : ''}; ${seconds.toFixed(1)} s,` +
      ` slowest call ${Math.round(waits.at(-1) ?? 0)} ms`,
  )
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  await fake.stop()
  await way.close()
  await redis.stop()
  rmSync(folder, { recursive: true, force: true })

  function spent(): number {
    return fake.records.reduce((sum, one) => sum + one.inputTokens * INPUT_NANOS + one.outputTokens * OUTPUT_NANOS, 0)
  }
}

function percent(nanos: number): string {
  return `${((nanos / LIMIT_NANOS) * 100).toFixed(2)} %`
}
