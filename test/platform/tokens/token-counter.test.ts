import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  createTokenCounter,
  MAX_COUNTED_BYTES,
  type TokenCounter,
} from '../../../main/platform/tokens/token-counter.ts'
import { createTokenMemory } from '../../../main/platform/tokens/token-memory.ts'

let folder: string
let workerPath: string
let counter: TokenCounter | null = null

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'token-worker-'))
  await build({
    configFile: 'vite.config.gateway.ts',
    logLevel: 'silent',
    build: {
      outDir: folder,
      ssr: 'main/platform/tokens/token-worker.ts',
      rolldownOptions: { output: { entryFileNames: 'token-worker.cjs', codeSplitting: false } },
    },
  })
  workerPath = path.join(folder, 'token-worker.cjs')
}, 60_000)

afterEach(async () => {
  await counter?.close()
  counter = null
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function badWorker(source: string): string {
  const file = path.join(folder, `bad-${source.length}.cjs`)
  writeFileSync(file, source)
  return file
}

describe.each(['in a thread', 'from sources'])('the token counter %s', (where) => {
  const create = () => {
    counter = createTokenCounter({ workerPath: where === 'in a thread' ? workerPath : null })
    return counter
  }

  test('counts in the order given', async () => {
    expect(await create().countMessages(['hello world', '', 'naïve café', 'hello world'])).toEqual({
      tokens: [2, 0, 4, 2],
      isExact: true,
    })
    expect(await create().count('hello world')).toBe(2)
  })

  test('answers at once what it has counted before, and counts only what is new', async () => {
    const { countMessages } = create()
    await countMessages(['one two three', 'four'])
    expect(countMessages(['four', 'one two three'])).toMatchObject({ tokens: [1, 3] })
    expect(await countMessages(['four', 'five six', 'one two three'])).toMatchObject({ tokens: [1, 2, 3] })
  })
})

test('a text of megabytes is estimated by its bytes, and that is said', () => {
  const said: string[] = []
  counter = createTokenCounter({ workerPath, onEstimate: (reason) => said.push(reason) })
  expect(counter.count('a'.repeat(MAX_COUNTED_BYTES + 1))).toBe(Math.ceil((MAX_COUNTED_BYTES + 1) / 3))
  expect(said).toEqual([`a text of ${MAX_COUNTED_BYTES + 1} bytes is too long to be counted`])
})

test('the loop goes on while the thread counts a hostile text', async () => {
  counter = createTokenCounter({ workerPath })
  await counter.warm()
  let turns = 0
  const counting = Promise.resolve(counter.count('-'.repeat(1_000_000))).then((tokens) => ({ tokens, turns }))
  const turn = setInterval(() => turns++, 1)
  const done = await counting
  clearInterval(turn)
  expect(done.tokens).toBe(15_625)
  expect(done.turns).toBeGreaterThan(5)
})

test('a thread that crashes gives estimates by bytes, and is started anew', async () => {
  const said: string[] = []
  const crashesOnce = badWorker(`
    const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (tasks) => {
      if (tasks.some(({ texts }) => texts[0] === 'crash')) throw new Error('boom')
      parentPort.postMessage(tasks.map(({ id, texts }) => ({ id, tokens: texts.map(() => 7) })))
    })`)
  counter = createTokenCounter({ workerPath: crashesOnce, onEstimate: (reason) => said.push(reason) })
  expect(await counter.count('fine')).toBe(7)
  expect(await counter.countMessages(['crash', 'abc'])).toEqual({ tokens: [2, 1], isExact: false })
  expect(said).toEqual(['boom'])
  expect(await counter.count('abc')).toBe(7)
})

test('a thread that always fails is given up', async () => {
  const said: string[] = []
  counter = createTokenCounter({ workerPath: badWorker('process.exit(3)'), onEstimate: (reason) => said.push(reason) })
  for (let call = 0; call < 5; call++) expect(await counter.count(`text ${call}`)).toBe(2)
  expect(said).toHaveLength(5)
  expect(said[4]).toBe('the token thread failed too often')
})

test('closing while it counts ends in an estimate, not in silence', async () => {
  counter = createTokenCounter({ workerPath })
  const counting = counter.count('hello world')
  await counter.close()
  expect(await counting).toBe(4)
})

test('the memory forgets the least recently used', () => {
  const memory = createTokenMemory(2)
  const [a, b, c] = ['a', 'b', 'c'].map((text) => memory.key(text)) as [string, string, string]
  memory.set(a, 1)
  memory.set(b, 2)
  expect(memory.get(a)).toBe(1)
  memory.set(c, 3)
  expect(memory.get(b)).toBeUndefined()
  expect([memory.get(a), memory.get(c)]).toEqual([1, 3])
})
