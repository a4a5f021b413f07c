import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WaitingLine } from '../../../main/ledger/books/waiting-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A line in front of budgets with room of their own; each waiter takes what it needs. */
function createLine(room: Record<string, number>) {
  const line = new WaitingLine(() => Date.now())
  const order: string[] = []
  const join = (
    name: string,
    needs: Record<string, number>,
    options: { deadlineMs?: number; signal?: AbortSignal } = {},
  ) => {
    const lacking = () => new Set(Object.keys(needs).filter((budget) => (room[budget] ?? 0) < needs[budget]!))
    const outcome = line.wait(
      lacking(),
      () => {
        const blockedBy = lacking()
        if (blockedBy.size > 0) return { done: false, blockedBy }
        for (const [budget, need] of Object.entries(needs)) room[budget]! -= need
        order.push(name)
        return { done: true }
      },
      Date.now() + (options.deadlineMs ?? 60_000),
      options.signal ?? new AbortController().signal,
    )
    return outcome
  }
  const free = (budget: string, amount: number) => {
    room[budget] = (room[budget] ?? 0) + amount
    line.roomChanged()
  }
  return { line, join, free, order }
}

describe('the waiting line', () => {
  test('first come, first served', async () => {
    const { join, free, order, line } = createLine({ a: 0 })
    const all = [join('1', { a: 1 }), join('2', { a: 1 }), join('3', { a: 1 })]
    free('a', 2)
    expect(order).toEqual(['1', '2'])
    free('a', 1)
    expect(order).toEqual(['1', '2', '3'])
    expect(await Promise.all(all)).toEqual(['room', 'room', 'room'])
    expect(line.length).toBe(0)
  })

  test('a small one never overtakes a large one before it: it would wait for ever', () => {
    const { join, free, order } = createLine({ a: 0 })
    void join('large', { a: 10 })
    void join('small', { a: 1 })
    for (let freed = 0; freed < 9; freed += 1) free('a', 1)
    expect(order).toEqual([])
    free('a', 2)
    expect(order).toEqual(['large', 'small'])
  })

  test('who waits for another budget is not kept back', () => {
    const { join, free, order } = createLine({ a: 0, b: 0 })
    void join('for a', { a: 5 })
    void join('for b', { b: 1 })
    free('b', 1)
    expect(order).toEqual(['for b'])
  })

  test('newcomers are told which budgets have a line', () => {
    const { join, free, line } = createLine({ a: 0, b: 5 })
    expect(line.contended).toEqual(new Set())
    void join('1', { a: 1, b: 1 })
    expect(line.contended).toEqual(new Set(['a']))
    free('a', 1)
    expect(line.contended).toEqual(new Set())
  })

  test('after its time a waiter leaves, and the next may be served', async () => {
    const { join, free, order, line } = createLine({ a: 0 })
    const large = join('large', { a: 10 }, { deadlineMs: 1_000 })
    const small = join('small', { a: 1 })
    free('a', 1)
    expect(order).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await large).toBe('timeout')
    expect(await small).toBe('room')
    expect(line.length).toBe(0)
  })

  test('a client that leaves makes way', async () => {
    const { join, free, order } = createLine({ a: 0 })
    const client = new AbortController()
    const large = join('large', { a: 10 }, { signal: client.signal })
    const small = join('small', { a: 1 })
    free('a', 1)
    client.abort()
    expect(await large).toBe('gone')
    expect(await small).toBe('room')
    expect(order).toEqual(['small'])
  })

  test('a client that has left already never stands in it', async () => {
    const { join, line } = createLine({ a: 0 })
    expect(await join('1', { a: 1 }, { signal: AbortSignal.abort() })).toBe('gone')
    expect(line.length).toBe(0)
  })

  test('looks again by itself: a rolling window frees room by time alone', async () => {
    const room = { a: 0 }
    const { join, order } = createLine(room)
    void join('1', { a: 1 })
    room.a = 1
    await vi.advanceTimersByTimeAsync(500)
    expect(order).toEqual(['1'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('an attempt that frees room itself does not lose it, nor start over within itself', async () => {
    const line = new WaitingLine(() => Date.now())
    const order: string[] = []
    const never = new AbortController().signal
    const first = line.wait(
      new Set(['a']),
      () => (order.push('first'), line.roomChanged(), { done: true }),
      Date.now() + 1_000,
      never,
    )
    const second = line.wait(new Set(['a']), () => (order.push('second'), { done: true }), Date.now() + 1_000, never)
    line.roomChanged()
    expect(await Promise.all([first, second])).toEqual(['room', 'room'])
    expect(order).toEqual(['first', 'second'])
  })
})
