import type { FoundProcess, Peer, ProcessLookup } from './found-process.ts'
import { plainAddress } from './address.ts'
import { coalesce } from './coalesce.ts'
import { factsFromTable, type ListedProcess } from './process-tree.ts'
import { runProgram } from './run-program.ts'

// Get-NetTCPConnection reads the table of GetExtendedTcpTable; Win32_Process has no working directory, so there is none.
const SCRIPT = `$ErrorActionPreference='SilentlyContinue'
[Console]::OutputEncoding=[Text.Encoding]::UTF8
$c=@(Get-NetTCPConnection -State Established -LocalPort PORTS|Select-Object LocalAddress,LocalPort,RemoteAddress,RemotePort,OwningProcess)
$p=@(Get-CimInstance Win32_Process|Select-Object ProcessId,ParentProcessId,Name,CommandLine,@{n='StartedMs';e={[int64]($_.CreationDate.ToFileTimeUtc()/10000)}})
@{connections=$c;processes=$p}|ConvertTo-Json -Depth 3 -Compress`

/**
 * One PowerShell (about half a second) answers all connections that wait. The working directory of another process is
 * not to be had without native code: on Windows projects come from tags, which `allowance run` sets.
 */
export function createWindowsLookup(run: typeof runProgram = runProgram): ProcessLookup {
  const processOf = coalesce<Peer, FoundProcess | null>((peers) => lookUp(run, peers), null)
  return { processOf, userOf: async () => null, recheck: async (found) => found }
}

async function lookUp(run: typeof runProgram, peers: Peer[]): Promise<(FoundProcess | null)[]> {
  const ports = [...new Set(peers.map(({ remotePort }) => remotePort).filter((port) => Number.isInteger(port)))]
  if (ports.length === 0) return []
  const script = SCRIPT.replace('PORTS', ports.join(','))
  const answer = parseTables(await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]))
  return peers.map((peer) => {
    const owner = answer.owners.get(connectionOf(peer))
    const facts = owner === undefined ? null : factsFromTable(answer.processes, owner, null)
    return facts && { facts, variables: {} }
  })
}

function connectionOf({ remoteAddress = '', remotePort, localAddress = '', localPort }: Peer): string {
  return `${plainAddress(remoteAddress)}:${remotePort}->${plainAddress(localAddress)}:${localPort}`
}

export interface WindowsTables {
  owners: Map<string, number>
  processes: Map<number, ListedProcess>
}

/** Reads what the script prints; nothing when PowerShell was stopped half way. */
export function parseTables(output: string): WindowsTables {
  const tables: WindowsTables = { owners: new Map(), processes: new Map() }
  const answer = parseObject(output)
  for (const row of listOf(answer['connections'])) {
    const { LocalAddress, LocalPort, RemoteAddress, RemotePort, OwningProcess } = row
    if (typeof LocalAddress !== 'string' || typeof RemoteAddress !== 'string' || !OwningProcess) continue
    tables.owners.set(
      `${plainAddress(LocalAddress)}:${LocalPort}->${plainAddress(RemoteAddress)}:${RemotePort}`,
      Number(OwningProcess),
    )
  }
  for (const { ProcessId, ParentProcessId, Name, CommandLine, StartedMs } of listOf(answer['processes'])) {
    const argv = typeof CommandLine === 'string' && CommandLine !== '' ? splitCommandLine(CommandLine) : [String(Name)]
    const startedAtMs = typeof StartedMs === 'number' ? StartedMs : null
    tables.processes.set(Number(ProcessId), {
      pid: Number(ProcessId),
      parentPid: Number(ParentProcessId),
      argv,
      startedAtMs,
    })
  }
  return tables
}

/** Words of a Windows command line: quotes hold a word together, `\\"` is a quote in it. */
export function splitCommandLine(text: string): string[] {
  const words = text.match(/(?:[^\s"]|"(?:\\"|[^"])*"?)+/g) ?? []
  return words.map((word) => word.replace(/(\\?)"/g, (_quote, escaped: string) => (escaped ? '"' : '')))
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** PowerShell writes a list of one as the one. */
function listOf(value: unknown): Record<string, unknown>[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null)
}
