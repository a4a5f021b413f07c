// npm run bench: what a call costs through us, beside no proxy, a bare one and peers, in one run on this machine.
//   npm run bench -- [--quick] [--peers http-proxy,Portkey] [--json FILE] [--profile FOLDER]
//   npm run bench -- --ledger [--quick] [--json FILE]      what a ledger of a million calls costs
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import {
  HISTORIES,
  measureLatency,
  measureStreams,
  measureThroughput,
  measureTurns,
  median,
  SCALES,
  SIZES,
} from './lib/bench/figures.mjs'
import { checkLedger, ledgerBytes } from './lib/bench/ledger-check.mjs'
import { measureLedgers } from './lib/bench/ledger/big-ledgers.mjs'
import { ledgerTable } from './lib/bench/ledger/table.mjs'
import { PEERS } from './lib/bench/peers.mjs'
import { residentMb, startProgram } from './lib/bench/processes.mjs'
import { inRoot } from './lib/root.mjs'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    ledger: { type: 'boolean', default: false },
    peers: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
})
const ALWAYS = ['direct', 'http-proxy', 'Allowance']
const wanted = flags.peers?.split(',') ?? null
/** Sizes of the ledgers that `--ledger` seeds, in calls. */
const LEDGERS = { full: [0, 100_000, 1_000_000], quick: [0, 100_000] }
const scale = SCALES[flags.quick ? 'quick' : 'full']

await build()
const work = mkdtempSync(path.join(tmpdir(), 'allowance-bench-'))
const stops = []
try {
  const report = flags.ledger
    ? await measureLedgers(work, LEDGERS[flags.quick ? 'quick' : 'full'], scale)
    : await measure()
  console.log(flags.ledger ? ledgerTable(report) : tableOf(report))
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`)
} finally {
  for (const stop of stops.reverse()) await stop()
  rmSync(work, { recursive: true, force: true })
}

async function measure() {
  const far = await startProgram(process.execPath, [inRoot('scripts/lib/bench/far-end.mjs')])
  stops.push(far.stop)
  const farEnd = `http://127.0.0.1:${far.first.port}`
  const { targets, skipped } = await startTargets(farEnd)
  const ours = targets.find(({ name }) => name === 'Allowance')

  console.error('one connection …')
  const latency = await measureLatency(targets, scale)
  console.error('64 connections …')
  const bytesBefore = ledgerBytes(ours.home)
  const throughput = await measureThroughput(targets, scale)
  const bytesACall = (ledgerBytes(ours.home) - bytesBefore) / throughput.calls
  const residentAfterMb = residentMb(ours.pid)
  console.error('growing conversations …')
  const turned = await measureTurns(
    targets.filter(({ name, pid }) => ALWAYS.includes(name) && pid !== null),
    scale,
  )
  console.error(`${scale.streams} streams …`)
  const streamed = await measureStreams(
    targets.filter(({ name }) => ALWAYS.includes(name)),
    scale,
  )

  await ours.stop()
  const checked = checkLedger(ours.home, {
    plain: latency.calls + throughput.calls + turned.calls,
    streams: streamed.calls,
  })
  return {
    at: new Date().toISOString(),
    machine: {
      cpu: `${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      os: `${process.platform} ${release()}`,
      node: process.version,
    },
    scale,
    targets: targets.map((target) => ({
      name: target.name,
      version: target.version,
      callMs: Object.fromEntries(SIZES.map((bytes) => [bytes, median(latency.times.get(target).get(bytes))])),
      callsPerSecond: median(throughput.found.get(target).perSecond),
      cpuMsPerCall: target.pid === null ? null : median(throughput.found.get(target).cpuMs),
      turnCpuMs: turned.found.get(target) ?? null,
      streams: streamed.found.get(target) ?? null,
    })),
    skipped,
    ledger: { bytesPerCall: bytesACall, ...checked },
    residentMb: residentAfterMb,
    readyMs: ours.readyMs,
  }
}

/** Every peer that can be had; the others with the reason. What is compared with has to start. */
async function startTargets(farEnd) {
  const targets = []
  const skipped = []
  for (const peer of PEERS) {
    const isNeeded = ALWAYS.includes(peer.name)
    if (!isNeeded && wanted !== null && !wanted.includes(peer.name)) continue
    const folder = path.join(work, peer.name)
    mkdirSync(folder)
    try {
      console.error(`starting ${peer.name} …`)
      const target = { name: peer.name, ...(await peer.start({ farEnd, folder, profileFolder: flags.profile })) }
      stops.push(target.stop)
      targets.push(target)
    } catch (error) {
      if (isNeeded) throw error
      skipped.push({ name: peer.name, reason: error.message })
    }
  }
  return { targets, skipped }
}

function tableOf({ machine, targets, skipped, ledger, residentMb: memory, readyMs }) {
  const bare = targets.find(({ name }) => name === 'http-proxy')
  const direct = targets.find(({ name }) => name === 'direct')
  const number = (value, digits = 2) => (value === null || Number.isNaN(value) ? '–' : value.toFixed(digits))
  const against = (value, base) => (value === base ? number(value) : `${number(value)} (${number(value / base, 1)}×)`)
  const rows = [
    ['', ...targets.map(({ name, version }) => (version ? `${name} ${version}` : name))],
    ...SIZES.map((bytes) => [
      `ms a call, one connection, ${bytes / 1_000} KB`,
      ...targets.map(({ callMs }) => against(callMs[bytes], bare.callMs[bytes])),
    ]),
    [
      'calls/s, 64 connections, 10 KB',
      ...targets.map(
        ({ callsPerSecond }) => `${number(callsPerSecond, 0)} (${number(callsPerSecond / bare.callsPerSecond)})`,
      ),
    ],
    ['processor ms a call', ...targets.map(({ cpuMsPerCall }) => number(cpuMsPerCall))],
    ...HISTORIES.map((bytes) => [
      `processor ms of a turn, history of ${bytes / 1_000} KB`,
      ...targets.map(({ turnCpuMs }) => number(turnCpuMs?.[bytes] ?? null)),
    ]),
    [
      `${scale.streams} streams: worst gap over direct, ms`,
      ...targets.map(({ streams }) => (streams ? number(streams.worstMs - direct.streams.worstMs, 0) : '–')),
    ],
    ['streams: memory, MB', ...targets.map(({ streams }) => number(streams?.residentMb ?? null, 0))],
    [
      'streams: processor seconds',
      ...targets.map(({ streams }) => number(streams?.cpuMs == null ? null : streams.cpuMs / 1_000, 1)),
    ],
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  return [
    `${machine.cpu}, ${machine.memoryGb} GB, ${machine.os}, Node ${machine.node}`,
    '',
    ...lines,
    '',
    `(×: of the bare http-proxy in the same run; calls/s in brackets: its share)`,
    `ledger: ${ledger.bytesPerCall.toFixed(0)} bytes a call; ${ledger.calls} calls, every sum is right`,
    `memory after them: ${number(memory, 0)} MB; serve ready in ${number(readyMs, 0)} ms`,
    ...skipped.map(({ name, reason }) => `not run: ${name}: ${reason}`),
  ].join('\n')
}
