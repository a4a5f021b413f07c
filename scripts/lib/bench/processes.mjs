import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const TICK_MS = 10

/** Starts a program and resolves with it and the first line that it prints that is a JSON object. */
export async function startProgram(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-600)
  })
  const first = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${complaint.trim()}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line))
    })
  })
  child.stdout.resume()
  return { pid: child.pid, first, stop: () => stop(child) }
}

/** Starts a server that prints nothing of use and waits until it answers. */
export async function startServer(command, args, { readyUrl, limitMs = 60_000, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options })
  let complaint = ''
  let over = null
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-600)
  })
  child.once('error', (error) => {
    over = error.message
  })
  child.once('exit', (code) => {
    over ??= `ended with ${code}: ${complaint.trim().split('\n').at(-1)}`
  })
  const giveUpAt = Date.now() + limitMs
  for (;;) {
    if (over !== null) throw new Error(`${command} ${over}`)
    if (Date.now() > giveUpAt) {
      await stop(child)
      throw new Error(`${command} was not ready in ${limitMs / 1_000} s`)
    }
    const answer = await fetch(readyUrl).catch(() => null)
    await answer?.arrayBuffer()
    if (answer) return { pid: child.pid, stop: () => stop(child) }
    await delay(100)
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(patience)
}

/** User and system time of a process and its children so far; NaN where there is no /proc. */
export function cpuMs(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN
  return family(pid).reduce((sum, one) => sum + ownCpuMs(one), 0)
}

function ownCpuMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return 0
  }
}

/** Resident memory in megabytes, with children; NaN where there is no /proc. */
export function residentMb(pid) {
  if (!existsSync(`/proc/${pid}/status`)) return Number.NaN
  return family(pid).reduce((sum, one) => {
    try {
      return sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0) / 1_024
    } catch {
      return sum
    }
  }, 0)
}

function family(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    )
    return [pid, ...children.flatMap(family)]
  } catch {
    return [pid]
  }
}
