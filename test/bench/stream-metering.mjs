// What metering a stream costs beside relaying it: npm run build && node test/bench/stream-metering.mjs
// One built gateway relays the same bytes twice over: as a model call, whose stream is metered, and as a stored file of
// the same provider, whose bytes nobody looks at. Told are the gateway's own processor time and the time on the clock;
// once as fast as the sockets go, and once at the pace of a quick model, as streams come in life.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest, Agent } from 'node:http'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import path from 'node:path'

const ROUNDS = Number(process.env.ROUNDS ?? 6)
const EVENTS = Number(process.env.EVENTS ?? 4_000)
const TICK_MS = 10

const words = ['the ', 'quick ', 'brown ', 'fox ', 'jumps ', 'over ', 'a ', 'lazy ', 'dog', '. ']
const head = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  system_fingerprint: 'fp_b376dfbbd5',
}
const event = (value) => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
const deltas = words.map((content) =>
  event({
    ...head,
    choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
    usage: null,
    obfuscation: 'n4Xq9b',
  }),
)
const tail = Buffer.concat([
  event({ ...head, choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], usage: null }),
  event({
    ...head,
    choices: [],
    usage: { prompt_tokens: 1_000, completion_tokens: EVENTS, total_tokens: 1_000 + EVENTS },
  }),
  Buffer.from('data: [DONE]\n\n'),
])

/** `x-pace`: events at a time, each a write of its own; without it, as fast as the socket takes them. */
const far = createServer(async (request, response) => {
  request.resume()
  response.socket.setNoDelay(true)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const eventsPerMs = Number(request.headers['x-events-per-ms'] ?? 0)
  for (let index = 0; index < EVENTS; index += 1) {
    const taken = response.write(deltas[index % deltas.length])
    if (eventsPerMs > 0 && index % eventsPerMs === 0) await delay(1)
    else if (!taken) await once(response, 'drain')
    else if (index % 8 === 0) await new Promise(setImmediate)
  }
  response.end(tail)
})
await new Promise((resolve) => far.listen(0, '127.0.0.1', resolve))

const serve = ['serve', '--json', '--ephemeral', '--port', '0', '--control-port', '0']
const env = {
  ...process.env,
  ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: `http://127.0.0.1:${far.address().port}` }),
}
const gateway = spawn(process.execPath, [path.resolve('bin/allowance.mjs'), ...serve], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [line] = await once(gateway.stdout, 'data')
const { proxy, pid } = JSON.parse(String(line))
const agent = new Agent({ keepAlive: true })

const body = JSON.stringify({
  model: 'gpt-4o-mini',
  stream: true,
  stream_options: { include_usage: true },
  messages: [{ role: 'user', content: 'go on' }],
})
const kinds = {
  metered: { method: 'POST', path: '/openai/v1/chat/completions' },
  unmetered: { method: 'GET', path: '/openai/v1/files/file-bench/content' },
}

for (const [name, eventsPerMs, rounds] of [
  ['as fast as it goes', 0, ROUNDS * 4],
  ['at 1,000 events a second', 1, ROUNDS],
]) {
  const sums = { metered: { cpuMs: 0, wallMs: 0 }, unmetered: { cpuMs: 0, wallMs: 0 } }
  for (const kind of Object.keys(kinds)) await stream(kind, eventsPerMs)
  for (let round = 0; round < rounds; round += 1) {
    // Taking turns, so that a busy machine is unkind to both.
    for (const kind of round % 2 ? ['metered', 'unmetered'] : ['unmetered', 'metered']) {
      const cpu = cpuMsOf(pid)
      const startedMs = performance.now()
      await stream(kind, eventsPerMs)
      sums[kind].wallMs += performance.now() - startedMs
      sums[kind].cpuMs += cpuMsOf(pid) - cpu
    }
  }
  const { metered, unmetered } = sums
  const more = (a, b) => `${(((a - b) / b) * 100).toFixed(1)} %`
  console.log(`${name}: ${EVENTS} events a stream, ${rounds} streams each`)
  console.log(
    `  on the clock   ${(metered.wallMs / rounds).toFixed(1)} ms metered, ${(unmetered.wallMs / rounds).toFixed(1)} ms relayed alone: ${more(metered.wallMs, unmetered.wallMs)} more`,
  )
  console.log(
    `  processor time ${(metered.cpuMs / rounds).toFixed(1)} ms metered, ${(unmetered.cpuMs / rounds).toFixed(1)} ms relayed alone: ${more(metered.cpuMs, unmetered.cpuMs)} more`,
  )
}
gateway.kill('SIGTERM')
agent.destroy()
far.closeAllConnections()
far.close()

function stream(kind, eventsPerMs) {
  const { method, path: where } = kinds[kind]
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer sk-bench',
      'x-events-per-ms': String(eventsPerMs),
    }
    const request = httpRequest(`${proxy}${where}`, { method, agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`))
      response.on('data', () => {})
      response.on('end', resolve)
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(method === 'POST' ? body : undefined)
  })
}

/** User and system time of a process; only Linux tells it this way. */
function cpuMsOf(process) {
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
