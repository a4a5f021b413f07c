import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { findProgram } from '../../scripts/lib/machine.mjs'
import { stopProgram } from './child-process.ts'

/** A real redis-server on loopback that keeps nothing on disk: started again it is empty, at the same port. */
export interface TestRedis {
  url: string
  port: number
  kill(): Promise<void>
  start(): Promise<void>
  /** What `redis-cli` would print. */
  run(...command: string[]): Promise<string>
  stop(): Promise<void>
}

export async function startRedis(...options: string[]): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-redis-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      const program = findProgram('redis-server')
      if (program === null) throw new Error('there is no redis-server')
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
      child = spawn(program, [...args, ...options], { stdio: ['ignore', 'pipe', 'ignore'] })
      const started = child
      const killOnExit = () => started.kill('SIGKILL')
      process.once('exit', killOnExit)
      started.once('exit', () => process.off('exit', killOnExit))
      const lines = createInterface({ input: child.stdout! })
      for await (const line of lines) if (line.includes('Ready to accept connections')) break
      child.stdout!.resume()
    },
    async kill() {
      const gone = once(child!, 'exit')
      child!.kill('SIGKILL')
      await gone
    },
    async run(...command) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(
        `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
      )
      const [answer] = (await once(socket, 'data')) as [Buffer]
      socket.destroy()
      return answer.toString('utf8').trim()
    },
    async stop() {
      if (child) await stopProgram(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}

/** A network on the way to a server: `delayMs` is added to each of its answers, `silent` swallows them. */
export interface SlowWay {
  url: string
  delayMs: number
  silent: boolean
  close(): Promise<void>
}

export async function slowWay(toPort: number, delayMs = 0): Promise<SlowWay> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => {
      if (way.silent) return
      if (way.delayMs === 0) near.write(bytes)
      else setTimeout(() => near.write(bytes), way.delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const way: SlowWay = {
    url: `redis://127.0.0.1:${port}`,
    delayMs,
    silent: false,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return way
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
