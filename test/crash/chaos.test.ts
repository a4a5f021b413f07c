import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/calls/call.ts'
import { exactUsd, parseUsd } from '../../shared/values/money.ts'
import { findCalls } from '../../main/ledger/queries/call-queries.ts'
import { openDatabase } from '../../main/ledger/store/sqlite.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { LOAD_APIS } from '../support/load/load-apis.ts'
import { type Receipt, runMixedLoad, runSocketLoad } from '../support/load/mixed-load.ts'
import { SocketFake } from '../support/providers/fake/socket-fake.ts'
import { FakeProvider, type FakeRecord } from '../support/providers/fake-provider.ts'
import { seeded } from '../support/providers/unkind.ts'

/**
 * A gateway under mixed load that is killed, or told to stop, at random moments. What is believed is what the clients
 * saw and what the far end made; the ledger is what is judged. `npm run chaos` is the long form.
 */
const ROUNDS = Number(process.env.PROPERTY_RUNS ?? 6)
const random = seeded(Number(process.env.PROPERTY_SEED ?? 7))

/** Rounds that share a narrow budget: its cap has to hold across the crashes between them. */
const ROUNDS_A_SESSION = 3
const SESSION_CAP = { usd: '0.15', nanos: 150_000_000 }
/** A cap may be passed by what a stream makes while it is being ended. */
const OVERSHOOT = 1.005
/** 100 tokens in, 20 out, at gpt-4.1's $2 and $8 per million: what the far end bills for each response on a socket. */
const SOCKET_NANOS = 360_000
/** Errors before an answer, and answers that break, in a hundred. */
const FAILING = { before: 8, midway: 6 }

let home: string
let fake: FakeProvider
let gateway: GatewayProgram
let env: Record<string, string>

beforeAll(async () => {
  buildProgram()
  home = mkdtempSync(path.join(tmpdir(), 'allowance-chaos-'))
  const policy = path.join(home, 'policy.json')
  const rules = [
    { id: 'daily', guard: 'spend-cap', limitUsd: '100000.00', per: 'day' },
    // So narrow that calls of a session wait for each other.
    { id: 'session', guard: 'spend-cap', limitUsd: SESSION_CAP.usd, per: 'day', each: 'session' },
  ]
  writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
  const percent = () => random() * 100
  fake = new FakeProvider({
    outputTokens: () => 20 + Math.floor(random() * 400),
    chunkTokens: () => 1 + Math.floor(random() * 20),
    latencyMs: () => 20 + random() * 250,
    fail: () =>
      percent() < FAILING.before
        ? { status: [429, 500, 503][Math.floor(random() * 3)]!, body: { error: { message: 'not now' } } }
        : null,
    breakAt: () => (percent() < FAILING.midway ? random() : null),
  })
  const sockets = new SocketFake()
  fake.onUpgrade((request, socket, head) => sockets.accept(request, socket, head))
  const origin = await fake.start()
  env = {
    ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: origin, anthropic: origin, google: origin, bedrock: origin }),
    ALLOWANCE_POLICY: policy,
  }
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
})

test(
  `every receipt is in the books, nothing stays open and no cap is broken, ${ROUNDS} times`,
  async () => {
    gateway = await startGatewayProgram(home, env)
    const files = namesIn(home)
    const ends = { killed: 0, stopped: 0 }
    let receipts = 0
    for (let round = 1; round <= ROUNDS; round += 1) {
      const when = `round ${round}`
      const startedMs = Date.now()
      const recordsBefore = fake.records.length
      const session = `s${Math.ceil(round / ROUNDS_A_SESSION)}`
      const isKill = random() < 0.75
      const seen = await play(gateway, round, session, isKill)
      receipts += seen.length
      ends[isKill ? 'killed' : 'stopped'] += 1
      await expectGone(gateway)
      gateway = await startGatewayProgram(home, env)
      const calls = readCalls(startedMs)
      judgeCalls(calls, seen, fake.records.slice(recordsBefore), when)
      if (!isKill)
        expect(calls.filter(({ state }) => state === 'expired').length, `${when}: a stop is no crash`).toBe(0)
      judgeSession(readCalls(0), session, when)
      expect(namesIn(home), `${when}: no file is left over`).toEqual(files)
      expect(programsOf(home), `${when}: no process is left over`).toEqual([gateway.pid])
    }
    expect(await gateway.stop()).toBe(0)
    // The sums are kept beside the calls: a call that was closed twice, or not at all, would show in them.
    const calls = readCalls(0)
    const sumNanos = calls.reduce((sum, { costUsd }) => sum + (costUsd ? parseUsd(costUsd)! : 0), 0)
    expect(spendTotal()).toBe(exactUsd(sumNanos))
    console.log(
      `${ROUNDS} rounds, ${ends.killed} kills, ${ends.stopped} stops: ${receipts} receipts, ${calls.length} calls, ` +
        `$${exactUsd(sumNanos)} in the books, ${calls.filter(({ state }) => state === 'expired').length} calls closed after a crash`,
    )
  },
  30_000 + ROUNDS * 20_000,
)

/** Load on every API until the gateway is gone, after a number of chunks that nobody chose. */
async function play(gateway: GatewayProgram, round: number, session: string, isKill: boolean): Promise<Receipt[]> {
  let chunksLeft = 1 + Math.floor(random() ** 2 * 600)
  let ended: Promise<number | null | void> | null = null
  const onChunk = () => {
    chunksLeft -= 1
    if (chunksLeft === 0) ended = isKill ? gateway.kill() : gateway.stop()
  }
  const load = { proxy: gateway.proxy, random, onChunk, isOver: () => chunksLeft <= 0 }
  const receipts = await Promise.all([
    runMixedLoad({ ...load, session: null, name: `wide${round}`, callers: 14 }),
    runMixedLoad({ ...load, session, name: `${session}-${round}`, callers: 8 }),
    runSocketLoad({ ...load, session: null, name: `wide${round}`, callers: 1 }),
  ])
  const code = await (ended as Promise<number | null | void> | null)
  if (!isKill) expect(code, `round ${round}: SIGTERM is obeyed`).toBe(0)
  return receipts.flat()
}

function judgeCalls(
  calls: readonly CallRecord[],
  receipts: readonly Receipt[],
  made: readonly FakeRecord[],
  when: string,
): void {
  const byId = new Map(calls.map((call) => [call.id, call]))
  const byResponse = new Map(calls.map((call) => [call.responseId, call]))
  for (const { token, callId, responseId, status, complete, cut } of receipts) {
    // What a stream cost that we ended is an estimate: the far end told nobody.
    if (!complete || cut || (status !== 200 && status !== 101)) continue
    const costUsd = exactUsd(responseId === null ? billOf(recordOf(made, token)) : SOCKET_NANOS)
    const call = responseId === null ? byId.get(callId!) : byResponse.get(responseId)
    expect(call, `${when}: ${token} reached its client`).toMatchObject({ state: 'settled', costUsd })
  }
  expect(byId.size, `${when}: a call has one record`).toBe(calls.length)
  const unfinished = calls.filter(({ state }) => !['settled', 'released', 'expired', 'refused'].includes(state))
  expect(unfinished, `${when}: nothing is open or waits for ever`).toEqual([])
  // Whatever reached the far end is charged; after a crash on the evidence that was written: more than nothing, no more than held.
  const charged = calls.filter(({ state }) => state === 'settled' || state === 'expired')
  expect(charged.length, `${when}: nothing that was made is missing`).toBeGreaterThanOrEqual(made.length)
  for (const { id, state, costUsd, heldUsd, ending, usage } of charged) {
    if (usage?.source === 'estimated') expect(parseUsd(costUsd!), `${when}: ${id} cost something`).toBeGreaterThan(0)
    if (state !== 'expired') continue
    expect(ending, `${when}: ${id}`).toBe('crashed')
    expect(parseUsd(costUsd!), `${when}: ${id} cost no more than was held`).toBeLessThanOrEqual(parseUsd(heldUsd)!)
  }
}

function judgeSession(calls: readonly CallRecord[], session: string, when: string): void {
  const nanos = calls
    .filter(({ attribution }) => attribution.session === session)
    .reduce((sum, { costUsd }) => sum + (costUsd ? parseUsd(costUsd)! : 0), 0)
  expect(nanos, `${when}: the cap of ${session} holds across restarts`).toBeLessThanOrEqual(
    SESSION_CAP.nanos * OVERSHOOT,
  )
}

function recordOf(made: readonly FakeRecord[], token: string): FakeRecord {
  const record = made.find(({ body }) => JSON.stringify(body).includes(`token ${token},`))
  if (!record) throw new Error(`${token} reached its client and was never made`)
  return record
}

/** By the far end's own rates, in nano-dollars. */
function billOf({ model, inputTokens, outputTokens }: FakeRecord): number {
  const rates = Object.values(LOAD_APIS)
    .map((api) => (api.rates as Record<string, { input: number; output: number }>)[model])
    .find((found) => found !== undefined)!
  return (inputTokens * rates.input + outputTokens * rates.output) / 1_000_000
}

function readCalls(sinceMs: number): CallRecord[] {
  const database = openDatabase(homePaths(home).ledger, { readOnly: true })
  try {
    return findCalls(database, { limit: 1_000_000, sinceMs })
  } finally {
    database.close()
  }
}

function spendTotal(): string {
  const answer = execFileSync(
    process.execPath,
    ['out/cli.cjs', 'spend', '--by', 'project', '--since', '7d', '--json'],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home, ALLOWANCE_HOME: home },
    },
  )
  return (JSON.parse(answer) as { total: { costUsd: string } }).total.costUsd
}

/** What stands in the home; SQLite's own side files come and go. */
function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/-(?:wal|shm|journal)$/.test(name))
    .sort()
}

/** Processes that were started for a home and still run; none can be told where there is no /proc. */
function programsOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder)
      } catch {
        return false
      }
    })
    .map(Number)
}

async function expectGone({ proxy }: GatewayProgram): Promise<void> {
  const { hostname, port } = new URL(proxy)
  const code = await new Promise<string>((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port) })
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('connect', () => socket.destroy())
  })
  expect(code, 'the port is free').toBe('ECONNREFUSED')
}
