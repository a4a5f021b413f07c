// What a large ledger costs: a call with it behind the gateway, every answer of the control API, the verbs of the command line.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inRoot } from '../../root.mjs'
import { createBody, crowd, oneByOne } from '../load.mjs'
import { cpuMs, residentMb, startProgram } from '../processes.mjs'
import { PEERS } from '../peers.mjs'
import { questionsOf } from './questions.mjs'
import { verbTimes } from './verbs.mjs'

const PROJECTS = 5_000
const DAYS = 90
/** The median of so many answers; the first, which finds nothing in memory, is told apart. */
const ANSWERS = 7
const CALLS = 400
const IDLE_CONNECTIONS = 20
const IDLE_MS = 10_000

/**
 * Seeds ledgers of these sizes and measures each: the cost of a call in rounds by turns of all of them, and of the
 * largest every procedure, the verbs and the start.
 */
export async function measureLedgers(folder, sizes, scale) {
  const far = await startProgram(process.execPath, [inRoot('scripts/lib/bench/far-end.mjs')])
  const gateways = []
  try {
    for (const calls of sizes) {
      const home = path.join(folder, `calls-${calls}`, 'home')
      mkdirSync(home, { recursive: true })
      const seeded = calls === 0 ? null : await seed(path.join(home, 'ledger.sqlite'), calls)
      gateways.push({ calls, seeded, ...(await start(far.first.port, path.dirname(home))) })
    }
    const largest = gateways.at(-1)
    const memory = { beforeMb: residentMb(gateways[0].pid) }
    console.error('calls …')
    const costs = await costOfCalls(gateways, scale)
    memory.afterMb = residentMb(gateways[0].pid)
    memory.calls = CALLS * (scale.rounds + 1)
    console.error('procedures …')
    const procedures = await answerTimes(largest)
    console.error('idle …')
    const idlePercent = await idleCost(gateways[0])
    console.error('verbs …')
    const verbs = await verbTimes(largest.home)
    return {
      sizes: gateways.map(({ calls, readyMs, seeded }, index) => ({
        calls,
        readyMs,
        bytesPerCall: seeded && seeded.bytes / calls,
        ...costs[index],
      })),
      procedures,
      verbs,
      idlePercent,
      memory,
    }
  } finally {
    for (const { stop } of gateways) await stop()
    await far.stop()
  }
}

async function seed(file, calls) {
  console.error(`seeding ${calls} calls …`)
  // The sources as they are: a seeded ledger is written by the same code as any other.
  const { runnerImport } = await import('vite')
  const { module } = await runnerImport(inRoot('test/bench/seed-ledger.ts'), {
    configFile: false,
    root: inRoot('.'),
    logLevel: 'error',
  })
  const seeded = module.seedLedger(file, { calls, projects: PROJECTS, days: DAYS, endMs: Date.now() })
  return { ...seeded, bytes: statSync(file).size }
}

const start = (farPort, folder) =>
  PEERS.find(({ name }) => name === 'Allowance').start({ farEnd: `http://127.0.0.1:${farPort}`, folder })

/** Milliseconds and processor time of a call of 10 KB, by ledger; the ledgers take turns. */
async function costOfCalls(gateways, { rounds }) {
  const body = createBody(10_000)
  const found = gateways.map(() => ({ callMs: [], cpuMsPerCall: [] }))
  let turn = 0
  for (const gateway of gateways) await oneByOne(gateway, body, CALLS, (turn += CALLS))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, gateway] of gateways.entries()) {
      const before = cpuMs(gateway.pid)
      const times = await oneByOne(gateway, body, CALLS, (turn += CALLS))
      found[index].cpuMsPerCall.push((cpuMs(gateway.pid) - before) / CALLS)
      found[index].callMs.push(median(times.slice(1)))
    }
  }
  return found.map(({ callMs, cpuMsPerCall }) => ({ callMs: median(callMs), cpuMsPerCall: median(cpuMsPerCall) }))
}

/** Each procedure by the control API, in milliseconds: the first answer, and the median of those after it. */
async function answerTimes({ home, seeded }) {
  const { control, token } = JSON.parse(readFileSync(path.join(home, 'runtime.json'), 'utf8'))
  const ask = async (procedure, input) => {
    const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
    const startedAt = performance.now()
    const answer = await fetch(`${control}/trpc/${procedure}${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${procedure}: ${answer.status}: ${text.slice(0, 300)}`)
    return performance.now() - startedAt
  }
  await ask('policy')
  const found = []
  for (const [name, procedure, input] of questionsOf(seeded, Date.now())) {
    const times = []
    for (let index = 0; index < ANSWERS; index += 1) times.push(await ask(procedure, input))
    found.push({ name, firstMs: times[0], ms: median(times.slice(1)) })
  }
  return found
}

/** Share of a processor that an idle gateway takes while so many clients hold a connection each. */
async function idleCost(gateway) {
  await crowd(gateway, createBody(10_000), IDLE_CONNECTIONS, IDLE_CONNECTIONS, 90_000_000)
  const { connect } = await import('node:net')
  const { hostname, port } = new URL(gateway.url)
  const sockets = Array.from({ length: IDLE_CONNECTIONS }, () => connect({ host: hostname, port: Number(port) }))
  await delay(2_000)
  const before = cpuMs(gateway.pid)
  await delay(IDLE_MS)
  const percent = ((cpuMs(gateway.pid) - before) / IDLE_MS) * 100
  for (const socket of sockets) socket.destroy()
  return percent
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
