import { expect, test, vi } from 'vitest'
import type { FoundProcess } from '../../../main/platform/process/found-process.ts'
import { Callers } from '../../../main/proxy/preparation/callers.ts'

const found: FoundProcess = { facts: { pid: 7, command: 'node agent.js', cwd: '/repo', parents: [] }, variables: {} }

function world() {
  let nowMs = 0
  let branch = 'main'
  const recheck = vi.fn(async () => found)
  const repositoryOf = vi.fn(async () => ({ project: 'web', branch, root: '/repo' }))
  const callers = new Callers(
    { processOf: async () => found, userOf: async () => null, recheck },
    repositoryOf,
    () => nowMs,
  )
  return {
    callers,
    recheck,
    repositoryOf,
    pass: (ms: number) => (nowMs += ms),
    switchTo: (name: string) => (branch = name),
  }
}

test('a connection with many calls a second is asked about once a second', async () => {
  const { callers, recheck, repositoryOf, pass } = world()
  const caller = await callers.of({})
  for (let call = 0; call < 50; call += 1) await callers.now(caller)
  expect([recheck.mock.calls.length, repositoryOf.mock.calls.length]).toEqual([0, 1])
  pass(1_000)
  await Promise.all(Array.from({ length: 50 }, () => callers.now(caller)))
  expect([recheck.mock.calls.length, repositoryOf.mock.calls.length]).toEqual([1, 2])
})

test('a switched branch shows within a second, on a connection that stays', async () => {
  const { callers, pass, switchTo } = world()
  const caller = await callers.of({})
  switchTo('feat/x')
  pass(999)
  expect((await callers.now(caller)).repository?.branch).toBe('main')
  pass(1)
  expect((await callers.now(caller)).repository?.branch).toBe('feat/x')
  switchTo('main')
  pass(1_000)
  expect((await callers.now(caller)).repository?.branch).toBe('main')
})

test('connections that are opened together are asked about together, and one after a switch is not', async () => {
  const { callers, repositoryOf, pass, switchTo } = world()
  await Promise.all(Array.from({ length: 50 }, () => callers.of({})))
  expect(repositoryOf).toHaveBeenCalledTimes(1)
  switchTo('feat/x')
  pass(50)
  expect((await callers.of({})).repository?.branch).toBe('feat/x')
})
