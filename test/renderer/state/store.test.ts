import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../renderer/state/api/api.ts'
import { createStore, type Store, type StoreOptions } from '../../../renderer/state/store.ts'
import { createFixtureApi, type FixtureApi } from '../fixtures/fixture-api.ts'
import type { World } from '../fixtures/scenarios.ts'
import { aCall, aNotice, aStatus } from '../fixtures/world.ts'

let world: World
let api: FixtureApi
let store: Store

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T13:00:00Z') })
  world = { status: aStatus(), calls: [aCall({ seq: 7, id: 'first' })], past: [], notices: [aNotice({ seq: 3 })] }
})

afterEach(() => {
  store.stop()
  vi.useRealTimers()
})

async function start(options: StoreOptions = {}): Promise<void> {
  api = createFixtureApi(world)
  store = createStore(api, options)
  store.start()
  await vi.advanceTimersByTimeAsync(0)
}

describe('the store', () => {
  test('shows the first answers, then follows the feed after them', async () => {
    await start()
    expect(store.get().link.phase).toBe('live')
    expect(store.get().calls.map((call) => call.id)).toEqual(['first'])
    expect(api.log.at(-1)).toBe('feed after 7')
  })

  test('shows what the feed brings, and asks for the sums again once for a burst', async () => {
    await start()
    const asked = () => api.log.filter((line) => line === 'status').length
    const before = asked()
    api.push(...[8, 9, 10].map((seq) => ({ type: 'call' as const, seq, call: aCall({ seq, id: `c${seq}` }) })))
    await vi.advanceTimersByTimeAsync(500)
    expect(store.get().calls).toHaveLength(4)
    expect(asked()).toBe(before + 1)
  })

  test('tells its listeners once for a burst', async () => {
    await start()
    const told = vi.fn()
    store.subscribe(told)
    for (let seq = 8; seq < 40; seq++) api.push({ type: 'notice', seq, notice: aNotice({ seq }) })
    await vi.advanceTimersByTimeAsync(100)
    expect(told).toHaveBeenCalledTimes(1)
  })

  test('applies a flood at once, so that its queue stays bounded', async () => {
    await start()
    for (let seq = 8; seq < 1_008; seq++) api.push({ type: 'notice', seq, notice: aNotice({ seq }) })
    expect(store.get().seq).toBe(1_007)
  })

  test('keeps the last numbers when the gateway is lost, and resumes after the last seq', async () => {
    await start()
    api.push({ type: 'notice', seq: 12, notice: aNotice({ seq: 12 }) })
    api.leave()
    expect(store.get().link).toMatchObject({ phase: 'lost' })
    expect(store.get().status).not.toBeNull()
    api.comeBack()
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().link.phase).toBe('live')
    expect(api.log).toContain('renew')
    expect(api.log.at(-1)).toBe('feed after 12')
    expect(api.log.filter((line) => line === 'calls')).toHaveLength(1)
  })

  test('waits longer after each failure and remembers since when it is alone', async () => {
    await start()
    api.leave()
    const lost = store.get().link
    await vi.advanceTimersByTimeAsync(8_000)
    const link = store.get().link
    if (lost.phase !== 'lost' || link.phase !== 'lost') throw new Error('not lost')
    expect(link.sinceMs).toBe(lost.sinceMs)
    // 0.5 + 1 + 2 + 4 seconds: four failures in eight seconds, not sixteen.
    expect(api.log.filter((line) => line === 'renew')).toHaveLength(4)
  })

  test('tries at once when it is told to', async () => {
    await start()
    api.leave()
    api.comeBack()
    store.retryNow()
    await vi.advanceTimersByTimeAsync(0)
    expect(store.get().link.phase).toBe('live')
  })

  test('begins anew with another gateway, whose ledger may be another', async () => {
    await start()
    api.leave()
    api.world.status = aStatus({ gateway: { ...aStatus().gateway, pid: 5_151 } })
    api.world.calls = [aCall({ seq: 2, id: 'other' })]
    api.world.notices = []
    api.comeBack()
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().calls.map((call) => call.id)).toEqual(['other'])
    expect(api.log.at(-1)).toBe('feed after 2')
  })

  test('says that a tab is signed out, and does not hammer the gateway', async () => {
    await start()
    api.leave(new ApiError('denied', 'This tab is not signed in.'))
    const asked = api.log.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(store.get().link.phase).toBe('denied')
    expect(api.log).toHaveLength(asked)
  })

  test('asks for a new token in the desktop, where one is to be had', async () => {
    await start({ retryDenied: true })
    api.leave(new ApiError('denied', 'old token'))
    api.comeBack()
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().link.phase).toBe('live')
  })

  test('asks for the status now and then when nothing happens: windows end by themselves', async () => {
    await start()
    api.world.status = aStatus({ sentence: 'a new day' })
    await vi.advanceTimersByTimeAsync(10_100)
    expect(store.get().status?.sentence).toBe('a new day')
  })

  test('asks nothing more once it is stopped', async () => {
    await start()
    store.stop()
    const asked = api.log.length
    api.push({ type: 'notice', seq: 50, notice: aNotice({ seq: 50 }) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(api.log).toHaveLength(asked)
    expect(vi.getTimerCount()).toBe(0)
  })
})
