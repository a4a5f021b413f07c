import { commandLine } from '../../../../shared/values/command-line.ts'
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { RuntimeFile } from '../../../../shared/contract/contract.ts'
import { ensureHome, homePaths } from '../../../platform/home/paths.ts'
import { isAlive, readRuntimeFile } from '../../../platform/home/runtime-file.ts'

/** A cold start on a slow disk, migrations included. */
const START_TIMEOUT_MS = 20_000
const POLL_MS = 25
const HEALTH_TIMEOUT_MS = 2_000

export interface GatewayStart {
  home: string
  /** The program and arguments of `allowance serve`. */
  command: readonly string[]
  env: Record<string, string | undefined>
  /** For when the usual port is another program's; left out where a port was asked for. */
  onFreePort?: { command: readonly string[]; usualPort: number }
}

/**
 * The gateway of a home; starts one, detached, where none runs. Of several that start one at once, one does and the
 * others wait for it.
 *
 * @throws AllowanceError `home-not-writable`, and `no-gateway` with the end of its log when it does not come up in 20 s
 */
export async function ensureGateway(start: GatewayStart): Promise<RuntimeFile> {
  const paths = ensureHome(start.home)
  const running = await healthy(readRuntimeFile(paths.runtime))
  if (running) return running
  const lock = path.join(start.home, 'start.lock')
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!takeLock(lock)) {
    const other = await healthy(readRuntimeFile(paths.runtime))
    if (other) return other
    if (Date.now() > deadline) throw notStarted(paths.log, 'another program tried to start it and did not succeed')
    await pause()
  }
  try {
    return (await healthy(readRuntimeFile(paths.runtime))) ?? (await startSomewhere(start, deadline))
  } finally {
    rmSync(lock, { force: true })
  }
}

/**
 * Whether a gateway is at its place; what is written in a file may be of one that has just died. One that takes the
 * connection and does not answer in time, breaks off, or fails at the answer is busy, not dead, as long as its process
 * lives. A refused connection, or an answer that no gateway gives, says that nobody or another program is there.
 */
export async function healthy(runtime: RuntimeFile | null): Promise<RuntimeFile | null> {
  if (runtime === null) return null
  return new Promise((resolve) => {
    const request = http.get(`${runtime.proxy}/health`, { agent: false, timeout: HEALTH_TIMEOUT_MS }, (response) => {
      response.resume()
      const status = response.statusCode
      if (status === 200) resolve(runtime)
      // 500 is a fault inside one that runs. 503 is a stand-in for one that is gone; all else is another program's.
      else resolve(status === 500 ? ifAlive(runtime) : null)
    })
    request.once('timeout', () => {
      resolve(ifAlive(runtime))
      request.destroy()
    })
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? null : ifAlive(runtime)),
    )
  })
}

function ifAlive(runtime: RuntimeFile): RuntimeFile | null {
  return isAlive(runtime.pid) ? runtime : null
}

/** Who starts a program asks for no port: where the usual one is taken, any other will do. */
async function startSomewhere(start: GatewayStart, deadline: number): Promise<RuntimeFile> {
  try {
    return await startGateway(start, deadline)
  } catch (error) {
    if (!start.onFreePort || !(await isTaken(start.onFreePort.usualPort))) throw error
    return startGateway({ ...start, command: start.onFreePort.command }, deadline)
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

async function startGateway({ home, command, env }: GatewayStart, deadline: number): Promise<RuntimeFile> {
  const paths = homePaths(home)
  const [program = process.execPath, ...args] = command
  const output = openSync(path.join(home, 'start.log'), 'w', 0o600)
  // In its own session: the ctrl-C that ends a run must not end a gateway that others use too.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', output, output],
    env,
    cwd: home,
    windowsHide: true,
  })
  closeSync(output)
  let ended: string | null = null
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`))
  child.unref()
  while (ended === null && Date.now() < deadline) {
    const runtime = await healthy(readRuntimeFile(paths.runtime))
    if (runtime) return runtime
    await pause()
  }
  throw notStarted(path.join(home, 'start.log'), ended ?? `it was not ready in ${START_TIMEOUT_MS / 1000} s`)
}

/** A process that died while it held the lock has left it behind. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = Number(readText(lock))
    // Empty for the moment between its making and its writing.
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true })
    return false
  }
}

function notStarted(log: string, reason: string): AllowanceError {
  const end = readText(log).trim().split('\n').slice(-5).join('\n')
  return new AllowanceError(
    'no-gateway',
    `the gateway did not start: ${reason}${end === '' ? '' : `\n${end}`}`,
    commandLine('serve'),
  )
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}
