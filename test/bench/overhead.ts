/**
 * What the gateway adds to a call: time to the first byte over a bare http-proxy in the same run, calls a second,
 * memory, and how soon `serve` is ready. The far end answers at once, so all that shows is what lies between.
 *
 *   npx -y tsx test/bench/overhead.ts [samples]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import httpProxy from 'http-proxy'
import { chatAnswer, chatChunk, startFarEnd } from '../support/providers/far-end.ts'
import { buildProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'

const SAMPLES = Number(process.argv[2] ?? 400)
const WARM_UP = 60
const CALLS = 4_000
const PARALLEL = 32

const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const PLAIN = Buffer.from(JSON.stringify(chatAnswer('hi')))
const STREAM = `${chatChunk(' a')}data: ${JSON.stringify({ ...chatAnswer(''), choices: [] })}\n\ndata: [DONE]\n\n`

const farEnd = await startFarEnd((_request, response, body) => {
  if (body.includes('"stream":true')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(STREAM)
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(PLAIN.length) })
    response.end(PLAIN)
  }
})
farEnd.requests.push = () => 0 // the bench keeps no bodies

const upstreamAgent = new Agent({ keepAlive: true, maxSockets: 256 })
const engine = httpProxy.createProxyServer({ target: farEnd.url, agent: upstreamAgent })
const bare = createServer((request, response) => {
  delete request.headers.connection
  engine.web(request, response)
})
await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}/v1/chat/completions`

buildProgram()
const home = mkdtempSync(path.join(tmpdir(), 'allowance-bench-'))
const policy = path.join(home, 'policy.json')
writeFileSync(
  policy,
  JSON.stringify({
    schema: 1,
    version: 1,
    timezone: 'UTC',
    rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1000000.00', per: 'day' }],
  }),
)
const env = { ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: farEnd.url }), ALLOWANCE_POLICY: policy }

const readyMs: number[] = []
for (let start = 0; start < 5; start += 1) {
  const program = await startGatewayProgram(home, env)
  readyMs.push(program.readyMs)
  await program.stop()
}
const gateway = await startGatewayProgram(home, env)
const ourUrl = `${gateway.proxy}/openai/v1/chat/completions`

/** An agent's request: its history is the same from turn to turn, and only the last message is new. */
function bodyOf(bytes: number, turn: number, stream: boolean): Buffer {
  const sentence = 'The quick brown fox jumps over the lazy dog while 42 tests pass. '
  const history = Array.from({ length: Math.ceil(bytes / 1_100) }, (_, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content: `${index}: ${sentence.repeat(16)}`.slice(0, 1_050),
  }))
  return Buffer.from(
    JSON.stringify({
      model: 'gpt-4o',
      ...(stream ? { stream: true } : {}),
      messages: [...history, { role: 'user', content: `turn ${turn}` }],
    }),
  )
}

/** Milliseconds to the first byte of the answer's body. */
function firstByte(url: string, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    let tookMs = 0
    const request = httpRequest(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length } },
      (response) => {
        response.once('data', () => {
          tookMs = performance.now() - startedAt
        })
        response.on('end', () =>
          response.statusCode === 200 ? resolve(tookMs) : reject(new Error(`status ${response.statusCode}`)),
        )
        response.resume()
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

for (const bytes of [10_000, 200_000]) {
  for (const stream of [false, true]) {
    const times: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] }
    // One after the other, by turns: whatever else the machine does, it does to both.
    for (let sample = -WARM_UP; sample < SAMPLES; sample += 1) {
      const body = bodyOf(bytes, sample, stream)
      const [bareMs, oursMs] = [await firstByte(bareUrl, body), await firstByte(ourUrl, body)]
      if (sample < 0) continue
      times.bare.push(bareMs)
      times.ours.push(oursMs)
    }
    const added = (share: number) => (quantile(times.ours, share) - quantile(times.bare, share)).toFixed(2)
    console.log(
      `first byte, ${bytes / 1_000} KB ${stream ? 'stream' : 'plain '}: bare ${quantile(times.bare, 0.5).toFixed(2)} ms, ours ${quantile(times.ours, 0.5).toFixed(2)} ms (medians); ` +
        `added ${added(0.5)} ms (p50), ${added(0.95)} ms (p95)`,
    )
  }
}

for (const [name, url] of [
  ['bare http-proxy', bareUrl],
  ['gateway', ourUrl],
] as const) {
  const body = bodyOf(4_000, 0, false)
  const startedAt = performance.now()
  const cpuBeforeMs = cpuMs(gateway.pid)
  let left = CALLS
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (left-- > 0) await firstByte(url, body)
    }),
  )
  // A busy machine changes how long a call takes, not how much work it is.
  const cpu =
    url === ourUrl ? `, ${((cpuMs(gateway.pid) - cpuBeforeMs) / CALLS).toFixed(2)} ms of processor time a call` : ''
  console.log(
    `${name}: ${Math.round(CALLS / ((performance.now() - startedAt) / 1_000))} calls/s (4 KB, ${PARALLEL} at once)${cpu}`,
  )
}
console.log(`gateway memory after it: ${residentMb(gateway.pid)} MB resident`)
console.log(`serve ready: ${readyMs.map((ms) => Math.round(ms)).join(', ')} ms`)

await gateway.stop()
bare.closeAllConnections()
bare.close()
agent.destroy()
upstreamAgent.destroy()
await farEnd.stop()
rmSync(home, { recursive: true, force: true })

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** User and system time of a process so far, in ticks of 10 ms; NaN where there is no /proc. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}

function residentMb(pid: number): string {
  try {
    return (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024).toFixed(0)
  } catch {
    return '?'
  }
}
