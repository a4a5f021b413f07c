import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/calls/call.ts'
import { opencode, runCommandLine } from '../fixtures/agents/clients/command-line.ts'
import { eventsOf } from '../../main/ledger/queries/call-queries.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'
import { CodexAppServer } from './support/codex-app-server.ts'
import { installed } from './support/matrix.ts'
import { ReadingModel } from './support/reading-model.ts'

const FILES = Array.from({ length: 5 }, (_, index) => `f${index + 1}.txt`)
const TASK = 'Read the files f1.txt to f5.txt, one after the other.'

let folder: string
let model: ReadingModel
let harness: Harness

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-files-'))
  FILES.forEach((file, index) => {
    const lines = Array.from(
      { length: 300 },
      (_, line) => `line ${line} of ${file}: ${(line + 1) * (index + 7) * 7919}`,
    )
    writeFileSync(path.join(folder, file), `${lines.join('\n')}\n`)
  })
  model = new ReadingModel(folder, FILES)
})
afterEach(async () => {
  await harness.stop()
  await model.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

const isAbove = (limit: number) => (tokens: number) => tokens > limit
/** Not a warm-up, which makes nothing. */
const wasAnswered = ({ usage }: CallRecord) => (usage?.output ?? 0) > 0
const start = async (limitTokens: number) => {
  harness = await startHarness({
    rules: [{ id: 'ctx', guard: 'context-cap', limitTokens }],
    settings: { upstreams: { openai: await model.start() } },
  })
}
const wasRefused = ({ refusal }: CallRecord) => refusal?.code === 'context-too-large'
/** What the far end was sent, with how it grew between the summaries. */
const purposes = () => model.seen.map(({ purpose }) => purpose).filter((purpose) => purpose !== 'title')
const largest = () => Math.max(...model.seen.filter(({ purpose }) => purpose === 'work').map((one) => one.inputTokens))

describe.skipIf(installed('agents') === null)('an agent whose context was refused', () => {
  test('opencode compacts by itself, and does its work to the end', async () => {
    await start(16_000)
    const place = { gateway: harness.url, folder, userHome: path.join(harness.home, 'user'), prompt: TASK }
    const run = await runCommandLine(opencode, place)
    const calls = harness.calls()
    const trail = calls.map(({ state, kind, contextTokens }) => `${state} ${kind} ${contextTokens}`).join('\n')

    expect(model.read, run?.output).toBe(FILES.length)
    expect(run?.output).toContain('ALL-FILES-ARE-READ')
    expect(run?.output).toContain('Compact the conversation or start a new one.')
    const refused = calls.filter(wasRefused)
    expect(refused.length, trail).toBeGreaterThan(0)
    for (const one of refused) {
      const [summary, after] = calls.slice(calls.indexOf(one) + 1)
      expect(summary, trail).toMatchObject({ state: 'settled', kind: 'auxiliary' })
      expect(after?.state, trail).toBe('settled')
      expect(after?.contextTokens, trail).toBeLessThan(one.contextTokens ?? 0)
    }
    expect(purposes().filter((purpose) => purpose === 'summary')).toHaveLength(refused.length)
    expect(largest()).toBeLessThan(16_000)
  }, 180_000)

  test("Codex shows the sentence; its user's /compact passes, and the conversation goes on", async () => {
    await start(14_000)
    const codex = new CodexAppServer(harness.url, folder, path.join(harness.home, 'user'))
    try {
      await codex.begin(folder)
      const failure = await codex.turn(TASK)
      expect(failure).toMatch(
        /^Allowance: the context holds .* are allowed\. Compact the conversation or start a new one\./,
      )
      const refused = harness.calls().filter(wasRefused)
      expect(refused).toHaveLength(1)

      expect(await codex.compact()).toBeNull()
      expect(purposes().at(-1)).toBe('summary')
      const summary = harness.calls().filter(wasAnswered).at(-1)
      expect(summary).toMatchObject({ state: 'settled', kind: 'auxiliary' })
      // It was itself more than the cap when it was let through.
      const [admitted] = eventsOf(harness.gateway.books.ledger.store.database, summary?.id ?? '')
      expect(admitted?.event).toMatchObject({
        type: 'call.admitted',
        call: { contextTokens: expect.toSatisfy(isAbove(14_000)) },
      })

      const answered = harness.calls().filter(wasAnswered).length
      const { read } = model
      await codex.turn('Go on.')
      expect(model.read).toBeGreaterThan(read)
      const after = harness.calls().filter(wasAnswered)[answered]
      expect(after?.contextTokens).toBeLessThan(refused[0]?.contextTokens ?? 0)
    } finally {
      await codex.stop()
    }
  })
})
