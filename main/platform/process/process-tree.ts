import { programName, safeCommand } from '../../core/attribution/attributors/safe-command.ts'
import type { ProcessFacts } from '../../../shared/calls/attribution.ts'
import { MAX_ANCESTORS } from './linux-proc.ts'

/** One line of a process table. */
export interface ListedProcess {
  pid: number
  parentPid: number
  argv: string[]
  /** Milliseconds, to tell a parent from a later process that got its pid; null where the table does not say. */
  startedAtMs: number | null
}

/** Facts of a process out of a whole table; null when it is not listed any more. */
export function factsFromTable(
  table: ReadonlyMap<number, ListedProcess>,
  pid: number,
  cwd: string | null,
): ProcessFacts | null {
  const own = table.get(pid)
  if (own === undefined) return null
  const parents: string[] = []
  for (let below = own; parents.length < MAX_ANCESTORS; ) {
    const parent = table.get(below.parentPid)
    const isLater = (parent?.startedAtMs ?? 0) > (below.startedAtMs ?? Number.POSITIVE_INFINITY)
    if (parent === undefined || parent.pid === below.pid || isLater) break
    parents.push(programName(parent.argv))
    below = parent
  }
  return { pid, command: safeCommand(own.argv, cwd), cwd, parents }
}

export function isAncestor(table: ReadonlyMap<number, ListedProcess>, pid: number, of: number): boolean {
  let above = table.get(of)?.parentPid
  for (let depth = 0; above !== undefined && depth < MAX_ANCESTORS; depth += 1) {
    if (above === pid) return true
    above = table.get(above)?.parentPid
  }
  return false
}
