import { Client, createBody, createConversation, crowd, oneByOne, streams } from './load.mjs'
import { cpuMs, residentMb } from './processes.mjs'

export const SIZES = [10_000, 200_000, 1_000_000]
/** Histories of growing conversations, in bytes. */
export const HISTORIES = [10_000, 200_000, 1_000_000, 5_000_000]
const CONNECTIONS = 64
/** Kernel and runtime are warm after so many calls. */
const WARM_UP = 150

/** How much is measured: enough for a table to be believed, or a quick look. */
export const SCALES = {
  full: { rounds: 5, samples: 60, crowdCalls: 1_000, streams: 500, chunks: 100, turns: 100 },
  quick: { rounds: 3, samples: 30, crowdCalls: 500, streams: 200, chunks: 40, turns: 30 },
}

let turn = 0
const nextTurns = (count) => {
  turn += count
  return turn - count
}

/**
 * One after the other on one connection, by turns of all targets: whatever else the machine does, it does to all.
 * Gives milliseconds by target and size.
 */
export async function measureLatency(targets, { rounds, samples }) {
  const times = new Map(targets.map((target) => [target, new Map(SIZES.map((bytes) => [bytes, []]))]))
  for (const target of targets) await oneByOne(target, createBody(SIZES[0]), WARM_UP, nextTurns(WARM_UP))
  let calls = WARM_UP
  for (const bytes of SIZES) {
    const body = createBody(bytes)
    for (let round = 0; round < rounds; round += 1) {
      for (const target of targets) {
        const took = await oneByOne(target, body, samples, nextTurns(samples))
        // The first call of a connection pays for the connection.
        times
          .get(target)
          .get(bytes)
          .push(...took.slice(1))
      }
      calls += samples
    }
  }
  return { times, calls }
}

/** Processor time of a turn of a growing conversation, by target and history, once its first turns have been seen. */
export async function measureTurns(targets, { turns }) {
  const found = new Map(targets.map((target) => [target, {}]))
  let calls = 0
  for (const bytes of HISTORIES) {
    for (const target of targets) {
      const conversation = createConversation(bytes, `${target.name} ${bytes}`)
      const client = await new Client(target).open()
      const play = async (count) => {
        for (let turn = 0; turn < count; turn += 1) await client.call(conversation.next())
      }
      await play(5)
      const before = cpuMs(target.pid)
      await play(turns)
      found.get(target)[bytes] = (cpuMs(target.pid) - before) / turns
      client.close()
    }
    calls += 5 + turns
  }
  return { found, calls }
}

/** Calls a second and processor time of a call, at many connections: medians over rounds by turns. */
export async function measureThroughput(targets, { rounds, crowdCalls }) {
  const body = createBody(SIZES[0])
  const found = new Map(targets.map((target) => [target, { perSecond: [], cpuMs: [] }]))
  for (let round = 0; round < rounds; round += 1) {
    for (const target of targets) {
      const before = target.pid === null ? 0 : cpuMs(target.pid)
      const perSecond = await crowd(target, body, CONNECTIONS, crowdCalls, nextTurns(crowdCalls))
      found.get(target).perSecond.push(perSecond)
      if (target.pid !== null) found.get(target).cpuMs.push((cpuMs(target.pid) - before) / crowdCalls)
    }
  }
  return { found, calls: rounds * crowdCalls }
}

/** Streams with a chunk each 100 ms: the worst silence of any, memory at their end, and processor time of them all. */
export async function measureStreams(targets, { streams: count, chunks }) {
  const body = createBody(2_000, { stream: true, chunks })
  const found = new Map()
  for (const target of targets) {
    const before = target.pid === null ? 0 : cpuMs(target.pid)
    const worstMs = await streams(target, body, count, nextTurns(count))
    found.set(target, {
      worstMs,
      residentMb: target.pid === null ? null : residentMb(target.pid),
      cpuMs: target.pid === null ? null : cpuMs(target.pid) - before,
    })
  }
  return { found, calls: count }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
