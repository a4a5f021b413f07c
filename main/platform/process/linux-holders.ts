import { readlinkSync, statSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import { listDirectory, type ProcessSnapshot, readLink, snapshot } from './linux-proc.ts'

/** A scan gives the event loop back after so long: nobody's stream waits for it. */
const SLICE_MS = 1
/** Callers that are looked at first: a machine has fewer agents at once. */
const MAX_KNOWN_PIDS = 64

/** Sockets that were seen on the way to others: a program that opens hundreds is looked through once. */
const MAX_SEEN_SOCKETS = 4_096

/** A process that has the socket open, as it was in the moment that was seen. */
export interface Holder extends ProcessSnapshot {
  inode: string
  /** Its entry in `/proc/<pid>/fd`. */
  descriptor: string
}

/**
 * Gives way to others when a slice is over; one for all lookups, else a hundred at once would take a hundred slices
 * in one turn. Readings of /proc/<pid>/fd are answered from memory: faster here than in a thread.
 */
export class Slices {
  #endsAtMs = 0
  #pause: Promise<void> | null = null

  /** Resolves at once while the slice lasts. */
  async turn(): Promise<void> {
    while (performance.now() >= this.#endsAtMs) {
      this.#pause ??= nextTurn().then(() => {
        this.#endsAtMs = performance.now() + SLICE_MS
        this.#pause = null
      })
      await this.#pause
    }
  }

  isOver(): boolean {
    return performance.now() >= this.#endsAtMs
  }
}

interface Wanted {
  resolve(holder: Holder | null): void
}

export interface HolderScan {
  /** The first process found that has this socket open; null when no process that we may look into has it. */
  find(inode: string): Promise<Holder | null>
}

/**
 * One pass over all processes serves all who wait; who comes during a pass is looked for in the rest of it and in
 * one whole pass more. Known callers are looked at first, then the newest processes, which are the likeliest to
 * have just connected and the first to be gone.
 */
export function createHolderScan(userId: number, slices: Slices): HolderScan {
  const wanted = new Map<string, Wanted>()
  const seenSockets = new RecentMap<string, { pid: number; descriptor: string }>(MAX_SEEN_SOCKETS)
  let knownPids: number[] = []
  let isRunning = false

  function find(inode: string): Promise<Holder | null> {
    const known = seenHolder(inode)
    if (known) return Promise.resolve(known)
    return new Promise((resolve) => {
      const other = wanted.get(inode)
      wanted.set(inode, { resolve: (holder) => (other?.resolve(holder), resolve(holder)) })
      if (!isRunning) void run()
    })
  }

  /** Where it was seen before, if it is there still. */
  function seenHolder(inode: string): Holder | null {
    const seen = seenSockets.get(inode)
    if (!seen || readLink(seen.descriptor) !== `socket:[${inode}]`) return null
    const found = snapshot(seen.pid)
    return found && { ...found, inode, descriptor: seen.descriptor }
  }

  async function run(): Promise<void> {
    isRunning = true
    while (wanted.size > 0) {
      const sought = [...wanted.entries()]
      await pass()
      for (const [inode, entry] of sought) {
        if (wanted.get(inode) !== entry) continue
        wanted.delete(inode)
        entry.resolve(null)
      }
    }
    isRunning = false
  }

  async function pass(): Promise<void> {
    const seen = new Set<number>()
    for (const pid of [...knownPids].reverse()) {
      seen.add(pid)
      await look(pid)
      if (wanted.size === 0) return
    }
    const newestFirst = listDirectory('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((one, other) => other - one)
    for (const pid of newestFirst) {
      if (seen.has(pid)) continue
      await look(pid)
      if (wanted.size === 0) return
    }
  }

  async function look(pid: number): Promise<void> {
    await eachSocket(pid, userId, slices, (inode, descriptor) => {
      seenSockets.set(inode, { pid, descriptor })
      const entry = wanted.get(inode)
      const found = entry ? snapshot(pid) : null
      if (!entry || found === null) return false
      wanted.delete(inode)
      remember(pid)
      entry.resolve({ ...found, inode, descriptor })
      return wanted.size === 0
    })
  }

  function remember(pid: number): void {
    knownPids = [...knownPids.filter((other) => other !== pid), pid].slice(-MAX_KNOWN_PIDS)
  }

  return { find }
}

/** The descriptor by which this process has the socket open; null when it has not. */
export async function descriptorOf(pid: number, inode: string, userId: number, slices: Slices): Promise<string | null> {
  let found: string | null = null
  await eachSocket(pid, userId, slices, (other, descriptor) => {
    if (other === inode) found = descriptor
    return found !== null
  })
  return found
}

/** Calls `visit` for each socket of a process, until it returns true. Processes of other users are not looked into. */
async function eachSocket(
  pid: number,
  userId: number,
  slices: Slices,
  visit: (inode: string, descriptor: string) => boolean,
): Promise<void> {
  if (slices.isOver()) await slices.turn()
  if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== userId) return
  // The newest descriptors have the highest numbers as a rule: who has just connected is found at once.
  for (const name of listDirectory(`/proc/${pid}/fd`).reverse()) {
    const descriptor = `/proc/${pid}/fd/${name}`
    if (slices.isOver()) await slices.turn()
    try {
      const target = readlinkSync(descriptor)
      if (target.startsWith('socket:[') && visit(target.slice(8, -1), descriptor)) return
    } catch (error) {
      // Closed meanwhile: the next one. Not ours to look into: none of them is.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return
    }
  }
}
