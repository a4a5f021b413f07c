import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { readKernelFile } from '../home/read-start.ts'

/** Generations of ancestors that are named: shell, terminal, editor and some wrappers between. */
export const MAX_ANCESTORS = 12

/** Which process a pid meant at one moment: pids are used again, the pair of pid and start is not. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, as text. */
  startTicks: string
  /** The kernel's name for it (15 bytes); it changes when the process executes another program. */
  name: string
}

export interface ProcessSnapshot extends ProcessIdentity {
  /** Null when it is deleted, or lies in a file system that is not ours (a container). */
  cwd: string | null
  /** Nearest first. */
  ancestors: ProcessIdentity[]
}

interface ProcessStat extends ProcessIdentity {
  parentPid: number
}

/** Everything of a process that vanishes with it, read in one go without yielding. Null when it is gone. */
export function snapshot(pid: number): ProcessSnapshot | null {
  const own = readStat(pid)
  if (own === null) return null
  const cwd = readCwd(pid)
  const ancestors: ProcessIdentity[] = []
  for (let next = own.parentPid; next > 0 && ancestors.length < MAX_ANCESTORS; ) {
    const ancestor = readStat(next)
    // A younger "parent" is another process that got the pid of one that died meanwhile.
    if (ancestor === null || Number(ancestor.startTicks) > Number((ancestors.at(-1) ?? own).startTicks)) break
    ancestors.push(identityOf(ancestor))
    next = ancestor.parentPid
  }
  return { ...identityOf(own), cwd, ancestors }
}

export function readStat(pid: number): ProcessStat | null {
  const text = readKernelFile(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name stands in brackets and may hold spaces and brackets itself.
  const close = text.lastIndexOf(')')
  const columns = text.slice(close + 2).split(' ')
  const [state, parentPid] = columns
  const startTicks = columns[19]
  if (close < 0 || startTicks === undefined || state === 'Z' || state === 'X') return null
  return { pid, name: text.slice(text.indexOf('(') + 1, close), parentPid: Number(parentPid), startTicks }
}

function identityOf({ pid, startTicks, name }: ProcessIdentity): ProcessIdentity {
  return { pid, startTicks, name }
}

export function readCwd(pid: number): string | null {
  const cwd = readLink(`/proc/${pid}/cwd`)
  if (cwd === null || !cwd.startsWith('/') || cwd.endsWith(' (deleted)')) return null
  const isOurView =
    readLink(`/proc/${pid}/root`) === '/' && readLink(`/proc/${pid}/ns/mnt`) === readLink('/proc/self/ns/mnt')
  return isOurView || isSameDirectory(`/proc/${pid}/cwd`, cwd) ? cwd : null
}

/** In another view of the file system (a sandbox) the path is good only if it leads to the same directory here. */
function isSameDirectory(theirs: string, ours: string): boolean {
  try {
    const [there, here] = [statSync(theirs), statSync(ours)]
    return there.dev === here.dev && there.ino === here.ino
  } catch {
    return false
  }
}

/** Children of all threads. Empty where the kernel does not list them. */
export function childrenOf(pid: number): number[] {
  return listDirectory(`/proc/${pid}/task`).flatMap((task) => {
    const children = readKernelFile(`/proc/${pid}/task/${task}/children`)
    return children ? children.trim().split(' ').filter(Boolean).map(Number) : []
  })
}

export function listDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

export function readLink(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
