import { spawn } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { createLinuxOwnerWatch, createOwnerWatch } from '../../../main/platform/process/owner-watch.ts'

const START = 19
/** A line of /proc/PID/stat: state, session and start are what is looked at. */
function stat(session: number, startTicks: number, state = 'S'): string {
  const columns = Array.from({ length: 30 }, () => '0')
  columns[0] = state
  columns[3] = String(session)
  columns[START] = String(startTicks)
  return `1 (a (strange) name) ${columns.join(' ')}`
}

describe('whether the owner of a process is gone', () => {
  test.each<[string, Record<number, string>, boolean]>([
    ['its terminal is there', { 7: stat(5, 100), 5: stat(5, 50) }, false],
    ['the leader of its session is gone', { 7: stat(5, 100) }, true],
    ['the leader is dead and not yet buried', { 7: stat(5, 100), 5: stat(5, 50, 'Z') }, true],
    ["another process has the leader's number", { 7: stat(5, 100), 5: stat(5, 200) }, true],
    ['it leads its own session: a service', { 7: stat(7, 100) }, false],
    ['its session lies outside of what can be seen', { 7: stat(0, 100) }, false],
    ['it is gone itself', {}, false],
  ])('%s', (_name, stats, gone) => {
    const watch = createLinuxOwnerWatch(
      () => 1_000,
      (pid) => stats[pid] ?? null,
    )
    expect(watch.goneSince(7)).toBe(gone ? 1_000 : null)
  })

  test('the first sight counts, until the owner is back', () => {
    let nowMs = 1_000
    const stats: Record<number, string> = { 7: stat(5, 100) }
    const watch = createLinuxOwnerWatch(
      () => nowMs,
      (pid) => stats[pid] ?? null,
    )
    expect(watch.goneSince(7)).toBe(1_000)
    nowMs = 5_000
    expect(watch.goneSince(7)).toBe(1_000)
    stats[5] = stat(5, 50)
    expect(watch.goneSince(7)).toBeNull()
    delete stats[5]
    expect(watch.goneSince(7)).toBe(5_000)
  })
})

test.runIf(process.platform === 'linux')('a process whose shell has ended, as the kernel tells it', async () => {
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = Number(
    await new Promise<string>((resolve) => shell.stdout.once('data', (data: Buffer) => resolve(String(data)))),
  )
  try {
    if (shell.exitCode === null) await new Promise((resolve) => shell.once('exit', resolve))
    const watch = createOwnerWatch(() => 42)
    expect(watch.goneSince(pid)).toBe(42)
    expect(watch.goneSince(process.pid)).toBeNull()
  } finally {
    process.kill(pid)
  }
})
