import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNovelty } from '../../../main/core/conversations/novelty.ts'
import { fingerprintMessage } from '../../../main/core/conversations/fingerprint.ts'
import { WindowSet } from '../../../main/core/conversations/window-set.ts'
import { hash } from '../../support/load/agent-calls.ts'
import { message } from './requests.ts'

/** One thread; each call is a whole history, and is answered. */
function setUp(thread = 't') {
  const novelty = createNovelty(hash)
  const look = (lines: readonly string[]) => {
    const messages = lines.map(message)
    const fingerprints = messages.map((one) => fingerprintMessage(hash, one))
    return novelty.step({ thread, messages, fingerprints, stored: null })
  }
  return {
    look,
    call(lines: readonly string[]) {
      const found = look(lines)
      if (found) novelty.answered(thread, found.key, novelty.spokenOf([]))
      return found?.step
    },
  }
}

const START = ['system: you are an agent', 'user: make the tests pass']
const NOTHING = { newlyAsked: 0, newlyAnswered: 0 }

describe('what is new in a step', () => {
  test('a step that is done again brings nothing', () => {
    const { call } = setUp()
    const step = ['assistant!run {"path":"."}', 'tool: 3 tests failed in app.test.ts']
    const first = call([...START, ...step])
    expect(first?.newlyAsked).toBeGreaterThan(0)
    expect(first?.newlyAnswered).toBeGreaterThan(0)
    expect(call([...START, ...step, ...step])).toMatchObject(NOTHING)
  })

  test('words of an answer count, numbers do not', () => {
    const { call } = setUp()
    const turns = [...START]
    const answer = (text: string) => {
      turns.push('assistant!run {"path":"."}', `tool: ${text}`)
      return call(turns)?.newlyAnswered
    }
    answer('1 failed in 2.31 s, pid 4242, id 8f3a-11ee')
    expect(answer('3 failed in 0.7 s, pid 17, id 77cc-4a0b')).toBe(0)
    expect(answer('3 failed in 0.7 s, pid 17, id 77cc-4a0b, app.ts is missing')).toBe(
      'app.ts'.length + ',ismissing'.length,
    )
  })

  test('numbers of a call of a tool count, white space does not', () => {
    const { call } = setUp()
    const turns = [...START]
    const ask = (args: string) => {
      turns.push(`assistant!edit ${args}`, 'tool: ok')
      return call(turns)?.newlyAsked
    }
    ask('{"text":"timeout = 30"}')
    expect(ask('{"text":"timeout = 60"}')).toBe(2)
    expect(ask('{"text":"timeout   =  60"}')).toBe(0)
  })

  test('the same in another order is nearly nothing', () => {
    const { call } = setUp()
    const lines = ['alpha fails on line one', 'beta fails on line two', 'gamma fails on line three']
    const step = (order: number[]) => ['assistant!run {}', `tool: ${order.map((n) => lines[n]).join('\n')}`]
    call([...START, ...step([0, 1, 2])])
    expect(call([...START, ...step([0, 1, 2]), ...step([2, 0, 1])])?.newlyAnswered).toBe(0)
  })

  test('another picture is new, the same is not', () => {
    const { call } = setUp()
    const see = (bytes: number) => ['assistant!look {}', `picture: ${bytes}`]
    call([...START, ...see(10_000)])
    expect(call([...START, ...see(10_000), ...see(10_000)])).toMatchObject(NOTHING)
    const moved = call([...START, ...see(10_000), ...see(10_000), ...see(12_345)])
    expect(moved?.newlyAnswered).toBeGreaterThan(100)
  })
})

describe('a thread', () => {
  const step = ['assistant!run {"path":"."}', 'tool: 3 tests failed in app.test.ts']

  test('a retry of a call that was not answered is the same step, not a repetition', () => {
    const { look, call } = setUp()
    const once = [...START, ...step]
    expect(look(once)?.step).toBe(look(once)?.step)
    expect(call(once)?.newlyAsked).toBeGreaterThan(0)
    // After the answer it is asked once more.
    expect(call(once)).toMatchObject(NOTHING)
  })

  test('a history that nobody saw before is learned from the first call that carries it, as after a restart', () => {
    const { call } = setUp()
    expect(call([...START, ...step, ...step, ...step])).toMatchObject(NOTHING)
  })

  test('a client that cuts its history at the start repeats itself all the same', () => {
    const { call } = setUp()
    const other = (n: number) => [`assistant!read {"path":"${n}.ts"}`, `tool: content of file number ${n}`]
    call([...START, ...step, ...other(1)])
    expect(call([...START, ...other(1), ...step])).toMatchObject(NOTHING)
  })

  test('knows nothing of another', () => {
    const novelty = createNovelty(hash)
    const messages = [...START, ...step].map(message)
    const facts = { messages, fingerprints: messages.map((one) => fingerprintMessage(hash, one)), stored: null }
    novelty.step({ ...facts, thread: 'a' })
    expect(novelty.step({ ...facts, thread: 'b' })?.step.newlyAsked).toBeGreaterThan(0)
  })
})

test('a window set holds what was put in, and forgets only when it is full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 0xffffffff }), { maxLength: 3_000 }), (windows) => {
      const set = new WindowSet()
      for (const window of windows) set.add(window)
      const all = new Set(windows)
      expect(windows.every((window) => set.has(window))).toBe(true)
      for (let other = 1; other < 500; other += 1) expect(set.has(other)).toBe(all.has(other))
    }),
    { numRuns: 50 },
  )
  const set = new WindowSet()
  for (let window = 1; window <= 1_000_000; window += 1) set.add(window)
  expect(set.has(1_000_000)).toBe(true)
  expect(set.has(1)).toBe(false)
  expect(set.size).toBeLessThanOrEqual(1_048_576)
})
