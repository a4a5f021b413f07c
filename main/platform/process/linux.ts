import { RecentMap } from '../../core/conversations/recent-map.ts'
import type { FoundProcess, Peer, ProcessLookup } from './found-process.ts'
import { readKernelFile } from '../home/read-start.ts'
import { createFactsReader } from './linux-facts.ts'
import { createHolderScan, descriptorOf, type Holder, Slices } from './linux-holders.ts'
import {
  childrenOf,
  type ProcessIdentity,
  type ProcessSnapshot,
  readCwd,
  readLink,
  readStat,
  snapshot,
} from './linux-proc.ts'
import { createSocketTable } from './linux-socket-table.ts'

/** Every Linux reports start times in hundredths of a second. */
const TICKS_PER_SECOND = 100
/** A fork younger than the connection may share it; the lookup and the clock's grain are allowed so much. */
const FORK_MARGIN_SECONDS = 2
const MAX_FORK_DEPTH = 4
const MAX_REMEMBERED_DIRECTORIES = 1_024

interface Watch {
  owner: Holder
  /** Seconds since boot when the connection was accepted. */
  acceptedAtSeconds: number
  /** Forks that have the socket open too. */
  sharers: Map<number, ProcessIdentity>
  /** Children that were asked and do not have it: they never will. */
  strangers: Set<number>
}

/**
 * The client's row in the kernel's socket table gives the inode, the inode the process that has it open. A connection
 * that is looked up at accept has its maker, and at most forks made since: so only young relatives are asked
 * whether they share it. What changes later (directory, forks) is noticed by `recheck`.
 */
export function createLinuxLookup(): ProcessLookup {
  const userId = process.getuid?.() ?? -1
  const table = createSocketTable()
  const slices = new Slices()
  const scan = createHolderScan(userId, slices)
  const readFacts = createFactsReader()
  const directories = new RecentMap<string, { cwd: string | null }>(MAX_REMEMBERED_DIRECTORIES)
  const watches = new WeakMap<FoundProcess, Watch>()

  /** The table is no snapshot: a row can be missed while others come and go. Twice is chance enough. */
  const rowOf = async (peer: Peer) => (await table.find(peer)) ?? (await table.find(peer))

  async function processOf(peer: Peer): Promise<FoundProcess | null> {
    const acceptedAtSeconds = uptimeSeconds()
    const row = await rowOf(peer)
    if (row === null || row.uid !== userId) return null
    const first = (await scan.find(row.inode)) ?? (await scan.find(row.inode))
    if (first === null) return null
    const owner = await makerOf(first, acceptedAtSeconds)
    const watch: Watch = { owner, acceptedAtSeconds, sharers: new Map(), strangers: new Set() }
    await findSharers(watch, owner.pid)
    if (!workTogether(watch, owner.cwd)) return null
    const found = await readFacts({ ...owner, cwd: believedDirectory(owner) })
    watches.set(found, watch)
    return found
  }

  async function recheck(found: FoundProcess): Promise<FoundProcess | null> {
    const watch = watches.get(found)
    if (watch === undefined) return found
    const { owner } = watch
    const isAlive = readStat(owner.pid)?.startTicks === owner.startTicks
    if (!isAlive || readLink(owner.descriptor) !== `socket:[${owner.inode}]`) {
      // It sent its request and closed or exited, unless somebody else has the connection now.
      const heir = await scan.find(owner.inode)
      if (heir !== null && (heir.pid !== owner.pid || heir.startTicks !== owner.startTicks)) return null
      if (heir === null) return found
      owner.descriptor = heir.descriptor
    }
    const now = { ...owner, cwd: readCwd(owner.pid) }
    await findSharers(watch, owner.pid)
    if (!workTogether(watch, now.cwd)) return null
    const cwd = believedDirectory(now)
    return cwd === found.facts.cwd ? found : { ...found, facts: { ...found.facts, cwd } }
  }

  /** A child that was forked between connecting and accepting has the socket too: the oldest holder made it. */
  async function makerOf(first: Holder, acceptedAtSeconds: number): Promise<Holder> {
    let maker = first
    for (const ancestor of first.ancestors.slice(0, MAX_FORK_DEPTH)) {
      if (!isYoung(maker, acceptedAtSeconds)) break
      const descriptor = await descriptorOf(ancestor.pid, first.inode, userId, slices)
      const state = descriptor === null ? null : snapshot(ancestor.pid)
      if (descriptor === null || state === null) break
      maker = { ...state, inode: first.inode, descriptor }
    }
    return maker
  }

  async function findSharers(watch: Watch, pid: number, depth = 0): Promise<void> {
    await slices.turn()
    for (const child of childrenOf(pid)) {
      if (watch.strangers.has(child)) continue
      if (!watch.sharers.has(child)) {
        const state = readStat(child)
        const holds =
          state &&
          isYoung(state, watch.acceptedAtSeconds) &&
          (await descriptorOf(child, watch.owner.inode, userId, slices))
        if (!state || !holds) {
          watch.strangers.add(child)
          continue
        }
        watch.sharers.set(child, state)
      }
      if (depth < MAX_FORK_DEPTH) await findSharers(watch, child, depth + 1)
    }
  }

  /** Whether all who share the connection work in one directory; else nobody can tell whose call it is. */
  function workTogether({ sharers }: Watch, cwd: string | null): boolean {
    for (const { pid, startTicks } of sharers.values()) {
      if (readStat(pid)?.startTicks === startTicks && readCwd(pid) !== cwd) return false
    }
    return true
  }

  /**
   * A process that changes its directory may have sent the request before: its directory is unknown for the call at
   * which the change is seen, and believed again when it is found there the next time.
   */
  function believedDirectory({
    pid,
    startTicks,
    cwd,
  }: Pick<ProcessSnapshot, 'pid' | 'startTicks' | 'cwd'>): string | null {
    const key = `${pid} ${startTicks}`
    const before = directories.get(key)
    directories.set(key, { cwd })
    return before === undefined || before.cwd === cwd ? cwd : null
  }

  return { processOf, userOf: async (peer) => (await rowOf(peer))?.uid ?? null, recheck }
}

function isYoung({ startTicks }: ProcessIdentity, acceptedAtSeconds: number): boolean {
  return Number(startTicks) / TICKS_PER_SECOND >= acceptedAtSeconds - FORK_MARGIN_SECONDS
}

function uptimeSeconds(): number {
  return Number.parseFloat(readKernelFile('/proc/uptime') ?? '0')
}
