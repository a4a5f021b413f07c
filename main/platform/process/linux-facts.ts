import { performance } from 'node:perf_hooks'
import { ENVIRONMENT_VARIABLES } from '../../core/attribution/attributors/by-environment.ts'
import { programName, safeCommand } from '../../core/attribution/attributors/safe-command.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import type { FoundProcess } from './found-process.ts'
import { readStart } from '../home/read-start.ts'
import type { ProcessIdentity, ProcessSnapshot } from './linux-proc.ts'

/** Enough for an executable and its script; prompts that follow are not read. */
const MAX_COMMAND_BYTES = 4_096
/** A shell's variables are a few KiB; a frightful one is cut here. */
const MAX_ENVIRONMENT_BYTES = 131_072
const MAX_CACHED_NAMES = 1_024
/** A program that opens hundreds of connections at once is read once: what it is changes with what it executes. */
const KEPT_MS = 1_000
const MAX_KEPT_PROCESSES = 256

/**
 * Command, ancestors' names and known variables of a process. Read in the thread pool: the kernel takes a lock of the
 * process for these, which one that hangs may never give back.
 */
export function createFactsReader(): (process: ProcessSnapshot) => Promise<FoundProcess> {
  const names = new RecentMap<string, Promise<string | null>>(MAX_CACHED_NAMES)

  const kept = new RecentMap<string, { atMs: number; reading: Promise<[string[] | null, Record<string, string>]> }>(
    MAX_KEPT_PROCESSES,
  )

  async function nameOf(ancestor: ProcessIdentity): Promise<string> {
    // With the kernel's name in the key, a shell that executes its program is named anew.
    const key = `${ancestor.pid} ${ancestor.startTicks} ${ancestor.name}`
    const reading = names.get(key) ?? readArguments(ancestor.pid).then((argv) => argv && programName(argv))
    names.set(key, reading)
    const name = await reading
    if (name === null) names.delete(key)
    return name || ancestor.name
  }

  function read(process: ProcessIdentity): Promise<[string[] | null, Record<string, string>]> {
    const key = `${process.pid} ${process.startTicks} ${process.name}`
    const nowMs = performance.now()
    const known = kept.get(key)
    if (known && nowMs - known.atMs < KEPT_MS) return known.reading
    const reading = Promise.all([readArguments(process.pid), readVariables(process.pid)])
    kept.set(key, { atMs: nowMs, reading })
    return reading
  }

  return async (process) => {
    const [[argv, variables], parents] = await Promise.all([read(process), Promise.all(process.ancestors.map(nameOf))])
    // Gone before it could be asked: the kernel's own name for it was taken in time.
    const command = safeCommand(argv ?? [process.name], process.cwd) || process.name
    return { facts: { pid: process.pid, command, cwd: process.cwd, parents }, variables }
  }
}

async function readArguments(pid: number): Promise<string[] | null> {
  const bytes = await readStart(`/proc/${pid}/cmdline`, MAX_COMMAND_BYTES)
  const words = bytes?.toString('utf8').replace(/\0+$/, '').split('\0') ?? []
  if (bytes?.length === MAX_COMMAND_BYTES) words.pop()
  return words.some((word) => word !== '') ? words : null
}

async function readVariables(pid: number): Promise<Record<string, string>> {
  const bytes = await readStart(`/proc/${pid}/environ`, MAX_ENVIRONMENT_BYTES)
  const variables: Record<string, string> = {}
  for (const entry of bytes?.toString('utf8').split('\0') ?? []) {
    const name = entry.slice(0, Math.max(0, entry.indexOf('=')))
    if (ENVIRONMENT_VARIABLES.includes(name)) variables[name] = entry.slice(name.length + 1, name.length + 65)
  }
  return variables
}
