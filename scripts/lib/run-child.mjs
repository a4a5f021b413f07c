import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program to its end, with our own terminal unless `options.stdio` says otherwise.
 * A signal sent to us ends the child too, so ctrl-C or a `kill` of the parent never leaves one behind.
 * `options.timeoutMs` ends it by SIGTERM. Resolves with its exit code (128 + signal when it was killed, 127 when there is no such program).
 */
export function runChild(command, args, { timeoutMs, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    const forward = (signal) => child.kill(signal)
    for (const signal of FORWARDED) process.on(signal, forward)
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGTERM'), timeoutMs)
    const settle = (code) => {
      clearTimeout(timer)
      for (const signal of FORWARDED) process.off(signal, forward)
      resolve(code)
    }
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`)
      settle(127)
    })
    child.once('close', (code, signal) => settle(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/** True if the exit code says that somebody ended the child on purpose. */
export const wasEndedBySignal = (code) => FORWARDED.some((signal) => code === 128 + constants.signals[signal])
