import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { homePaths } from '../../main/platform/home/paths.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { runMixedLoad, runSocketLoad } from '../support/load/mixed-load.ts'
import { answerOf, chat, startCall } from '../support/load/raw-call.ts'
import { SocketFake } from '../support/providers/fake/socket-fake.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { seeded } from '../support/providers/unkind.ts'

/**
 * Hours of work in short: mixed load, and whether anything grows that should not. `npm run soak` is the long form; the
 * short one judges what no machine makes larger: descriptors and threads that stay behind.
 */
const MINUTES = process.env.PROPERTY_RUNS === undefined ? null : Number(process.env.PROPERTY_RUNS)
const SPAN_MS = MINUTES === null ? 8_000 : MINUTES * 60_000
const SAMPLES = MINUTES === null ? 4 : 60
const PROBES = 20
const random = seeded(Number(process.env.PROPERTY_SEED ?? 7))

interface Sample {
  residentMb: number
  sockets: number
  files: number
  threads: number
  ledgerMb: number
  probeMs: { p50: number; p99: number }
  calls: number
}

let home: string
let fake: FakeProvider
let gateway: GatewayProgram

beforeAll(async () => {
  buildProgram()
  home = mkdtempSync(path.join(tmpdir(), 'allowance-soak-'))
  const policy = path.join(home, 'policy.json')
  const rules = [{ id: 'daily', guard: 'spend-cap', limitUsd: '100000.00', per: 'day' }]
  writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
  fake = new FakeProvider({
    outputTokens: () => 20 + Math.floor(random() * 400),
    latencyMs: ({ texts }) => (texts.includes('probe') ? 0 : 50 + random() * 900),
    fail: () => (random() < 0.03 ? { status: 503, body: { error: { message: 'not now' } } } : null),
    breakAt: () => (random() < 0.03 ? random() : null),
  })
  const sockets = new SocketFake()
  fake.onUpgrade((request, socket, head) => sockets.accept(request, socket, head))
  const origin = await fake.start()
  gateway = await startGatewayProgram(home, {
    ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: origin, anthropic: origin, google: origin, bedrock: origin }),
    ALLOWANCE_POLICY: policy,
  })
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  rmSync(home, { recursive: true, force: true })
})

test.skipIf(process.platform !== 'linux')(
  `nothing grows but the ledger, in ${SPAN_MS / 1_000} s (enable elsewhere with a /proc)`,
  async () => {
    const socketsBefore = descriptors('sockets')
    // The first calls open what stays open: the token thread, the ledger's side files.
    await loadFor(2_000)
    const filesBefore = descriptors('files')
    const samples: Sample[] = []
    let isOver = false
    const load = startLoad(() => isOver)
    for (let taken = 0; taken < SAMPLES; taken += 1) {
      await delay(SPAN_MS / SAMPLES)
      samples.push(await sample())
      if (MINUTES !== null && taken % 5 === 4) console.log(lineOf(samples.at(-1)!))
    }
    isOver = true
    await load
    console.log(['', lineOf(samples[0]!), lineOf(samples.at(-1)!)].join('\n'))
    // With nobody at either end no connection is left.
    await fake.stop()
    await vi.waitFor(() => expect(descriptors('sockets')).toBeLessThanOrEqual(socketsBefore), { timeout: 20_000 })
    await vi.waitFor(() => expect(descriptors('files')).toBeLessThanOrEqual(filesBefore), { timeout: 20_000 })
    expect(samples.at(-1)!.threads).toBe(samples[0]!.threads)
    if (MINUTES !== null) judgeTrends(samples)
  },
  60_000 + SPAN_MS * 2,
)

/**
 * Quarters are compared by their medians, so that neither the first growth of a heap nor one busy second of the machine
 * decides: what grows for ever grows between the second and the last quarter, too.
 */
function judgeTrends(samples: readonly Sample[]): void {
  const quarter = Math.floor(samples.length / 4)
  const growth = (pick: (one: Sample) => number) => {
    const early = median(samples.slice(quarter, 2 * quarter).map(pick))
    return median(samples.slice(-quarter).map(pick)) / early
  }
  expect(
    growth(({ residentMb }) => residentMb),
    'memory of the last quarter over the second',
  ).toBeLessThan(1.15)
  expect(
    growth(({ sockets }) => sockets),
    'connections',
  ).toBeLessThan(1.15)
  expect(
    growth(({ files }) => files),
    'open files',
  ).toBeLessThan(1.15)
  expect(
    growth(({ probeMs }) => probeMs.p50),
    'latency',
  ).toBeLessThan(1.5)
}

async function loadFor(ms: number): Promise<void> {
  const until = Date.now() + ms
  await startLoad(() => Date.now() > until)
}

let loads = 0

function startLoad(isOver: () => boolean): Promise<unknown> {
  loads += 1
  const load = { proxy: gateway.proxy, session: null, name: `soak${loads}`, random, onChunk: () => {}, isOver }
  return Promise.all([runMixedLoad({ ...load, callers: 8 }), runSocketLoad({ ...load, callers: 1 })])
}

async function sample(): Promise<Sample> {
  const times: number[] = []
  for (let probe = 0; probe < PROBES; probe += 1) {
    const startedAt = performance.now()
    const body = chat({ messages: [{ role: 'user', content: 'probe' }] })
    await answerOf(startCall(`${gateway.proxy}/openai/v1/chat/completions`, body)).catch(() => null)
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
  const fieldOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return {
    residentMb: fieldOf('VmRSS') / 1_024,
    threads: fieldOf('Threads'),
    sockets: descriptors('sockets'),
    files: descriptors('files'),
    ledgerMb: statSync(homePaths(home).ledger).size / 2 ** 20,
    probeMs: { p50: times[PROBES / 2]!, p99: times.at(-1)! },
    calls: fake.records.length,
  }
}

function descriptors(kind: 'sockets' | 'files'): number {
  const folder = `/proc/${gateway.pid}/fd`
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(path.join(folder, name)).startsWith('socket:') === (kind === 'sockets')
    } catch {
      // Closed since the folder was read.
      return false
    }
  }).length
}

function lineOf({ calls, residentMb, sockets, files, threads, probeMs, ledgerMb }: Sample): string {
  const { p50, p99 } = probeMs
  return (
    `${calls} calls: ${residentMb.toFixed(0)} MB, ${sockets} sockets, ${files} files, ${threads} threads, ` +
    `${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (slowest of ${PROBES}), ledger ${ledgerMb.toFixed(1)} MB`
  )
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
