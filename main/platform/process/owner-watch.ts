import { RecentMap } from '../../core/conversations/recent-map.ts'
import { readKernelFile } from '../home/read-start.ts'

/** Says since when the process that started another one is gone. */
export interface OwnerWatch {
  /** Epoch milliseconds of when it was first seen; null while the owner is there, or where nobody can tell. */
  goneSince(pid: number): number | null
}

export const NO_OWNER_WATCH: OwnerWatch = { goneSince: () => null }

const MAX_REMEMBERED = 1_024

export function createOwnerWatch(clock: () => number, platform: NodeJS.Platform = process.platform): OwnerWatch {
  return platform === 'linux' ? createLinuxOwnerWatch(clock) : NO_OWNER_WATCH
}

/**
 * A terminal's shell leads the session that its programs belong to; when the leader is gone, the terminal is. A
 * process that leads its own session (a service, a daemon) has no owner to lose.
 */
export function createLinuxOwnerWatch(
  clock: () => number,
  statOf: (pid: number) => string | null = readStatFile,
): OwnerWatch {
  const firstSeenMs = new RecentMap<string, number>(MAX_REMEMBERED)
  return {
    goneSince(pid) {
      const own = parse(statOf(pid))
      if (own === null || own.session === 0 || own.session === pid) return null
      const leader = parse(statOf(own.session))
      // A pid that is used again belongs to a younger process.
      const isThere = leader !== null && !leader.isDead && leader.startTicks <= own.startTicks
      const key = `${pid} ${own.startTicks}`
      if (isThere) {
        firstSeenMs.delete(key)
        return null
      }
      const since = firstSeenMs.get(key) ?? clock()
      firstSeenMs.set(key, since)
      return since
    },
  }
}

function readStatFile(pid: number): string | null {
  return readKernelFile(`/proc/${pid}/stat`)
}

function parse(text: string | null): { session: number; startTicks: number; isDead: boolean } | null {
  if (text === null) return null
  // The name stands in brackets and may hold spaces and brackets itself.
  const columns = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state] = columns
  if (columns.length < 20) return null
  return { session: Number(columns[3]), startTicks: Number(columns[19]), isDead: state === 'Z' || state === 'X' }
}
