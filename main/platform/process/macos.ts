import type { FoundProcess, Peer, ProcessLookup } from './found-process.ts'
import { plainAddress } from './address.ts'
import { coalesce } from './coalesce.ts'
import { factsFromTable, isAncestor, type ListedProcess } from './process-tree.ts'
import { runProgram } from './run-program.ts'

/** More in one command line would make it too long; the rest waits for the next. */
const MAX_PEERS_A_RUN = 100

/**
 * macOS shows sockets and directories of processes only to native code and to `lsof`, so one run of it (some 40 ms)
 * answers all connections that wait. The directory is that of the moment of accepting: asking again at each call
 * would cost more than the call may wait.
 */
export function createMacosLookup(run: typeof runProgram = runProgram): ProcessLookup {
  const processOf = coalesce<Peer, FoundProcess | null>((peers) => lookUp(run, peers), null)
  return { processOf, userOf: async () => null, recheck: async (found) => found }
}

async function lookUp(run: typeof runProgram, all: Peer[]): Promise<(FoundProcess | null)[]> {
  const peers = all.slice(0, MAX_PEERS_A_RUN)
  const filters = peers.flatMap(({ remoteAddress, remotePort }) => {
    if (remoteAddress === undefined || !remotePort) return []
    const host = plainAddress(remoteAddress)
    return [`-iTCP@${host.includes(':') ? `[${host}]` : host}:${remotePort}`]
  })
  if (filters.length === 0) return []
  const [sockets, processes] = await Promise.all([
    run('lsof', ['-nPw', ...filters, '-sTCP:ESTABLISHED', '-Fpcn']),
    run('ps', ['-axww', '-o', 'pid=,ppid=,command=']),
  ])
  const owners = parseSockets(sockets)
  const pids = [...new Set(peers.flatMap((peer) => owners.get(connectionOf(peer)) ?? []))]
  if (pids.length === 0) return []
  const directories = parseDirectories(await run('lsof', ['-aw', '-p', pids.join(','), '-d', 'cwd', '-Fpn']))
  const table = parseProcesses(processes)
  return peers.map((peer) => {
    const holders = owners.get(connectionOf(peer)) ?? []
    // Forks of one directory are charged as their maker; in several directories nobody can tell whose call it is.
    if (new Set(holders.map((pid) => directories.get(pid))).size > 1) return null
    const maker = holders.find((pid) => holders.every((other) => other === pid || isAncestor(table, pid, other)))
    if (maker === undefined) return null
    const facts = factsFromTable(table, maker, directories.get(maker) ?? null)
    return facts && { facts, variables: {} }
  })
}

function connectionOf({ remoteAddress = '', remotePort, localAddress = '', localPort }: Peer): string {
  return `${plainAddress(remoteAddress)}:${remotePort}->${plainAddress(localAddress)}:${localPort}`
}

/** `lsof -Fpcn`: `p` begins a process, `n` names each of its sockets. Gives the pids by `client->server`. */
export function parseSockets(output: string): Map<string, number[]> {
  const owners = new Map<string, number[]>()
  let pid = 0
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    const [, from, fromPort, to, toPort] = /^n(.+):(\d+)->(.+):(\d+)$/.exec(line) ?? []
    if (from === undefined || to === undefined) continue
    const connection = `${plainAddress(from)}:${fromPort}->${plainAddress(to)}:${toPort}`
    const pids = owners.get(connection) ?? []
    if (!pids.includes(pid)) owners.set(connection, [...pids, pid])
  }
  return owners
}

/** `lsof -d cwd -Fpn`: the directory of each process. */
export function parseDirectories(output: string): Map<number, string> {
  const directories = new Map<number, string>()
  let pid = 0
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    // Instead of a path lsof may say why it knows none.
    if (/^n\/(?!.* \((?:readlink|stat): )/.test(line)) directories.set(pid, line.slice(1))
  }
  return directories
}

/** `ps -o pid=,ppid=,command=`: arguments come joined by spaces, so only what looks like a script is taken for one. */
export function parseProcesses(output: string): Map<number, ListedProcess> {
  const table = new Map<number, ListedProcess>()
  for (const line of output.split('\n')) {
    const [, pid, parentPid, command] = /^\s*(\d+)\s+(\d+)\s+(.+)$/.exec(line) ?? []
    if (command === undefined) continue
    // The folders of an application have spaces: `/Applications/Visual Studio Code.app/Contents/MacOS/Electron`.
    const bundle = /^\/.*?\.app\/Contents\/\S*?[^/ ]+(?= |$)/.exec(command)?.[0]
    const argv = bundle ? [bundle, ...command.slice(bundle.length).trim().split(/ +/)] : command.trim().split(/ +/)
    table.set(Number(pid), { pid: Number(pid), parentPid: Number(parentPid), argv, startedAtMs: null })
  }
  return table
}
