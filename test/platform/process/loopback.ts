import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FoundProcess, ProcessLookup } from '../../../main/platform/process/found-process.ts'

export interface Answered {
  path: string
  found: FoundProcess | null
}

/** A server that looks its callers up as the proxy does: at accept, and once more at each call; then it answers. */
export async function serveLookups(lookup: ProcessLookup, host = '127.0.0.1') {
  const answered: Answered[] = []
  const finders = new WeakMap<Socket, Promise<FoundProcess | null>>()
  const server = createServer((request, response) => {
    void (async () => {
      const first = await finders.get(request.socket)
      answered.push({ path: request.url ?? '', found: first ? await lookup.recheck(first) : null })
      response.end('ok')
    })()
  })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    finders.set(socket, lookup.processOf(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, answered, server, close: () => closeAll(server) }
}

async function closeAll(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url))

/** A Node process with one keep-alive connection that goes where it is told. */
export function startClient(port: number, cwd: string, environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [CLIENT, String(port), '--key', 'sk-secret'], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
  })
  const lines = createInterface({ input: child.stdout })
  return {
    pid: child.pid,
    async step(what: { get?: string; chdir?: string }): Promise<void> {
      const done = once(lines, 'line')
      child.stdin.write(`${JSON.stringify(what)}\n`)
      await done
    },
    end: () => ended(child, () => child.stdin.end()),
  }
}

export async function ended(child: ChildProcess, act: () => void = () => {}): Promise<void> {
  const exit = once(child, 'exit')
  act()
  await exit
}
