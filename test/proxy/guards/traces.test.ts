import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HONEST } from '../../fixtures/traces/honest.ts'
import { LOOPS } from '../../fixtures/traces/loops.ts'
import { startStage, type TraceStage } from '../../support/load/play-trace.ts'

/** One seed of each kind; test/bench/traces.ts plays many. */
const SEED = 20_261

let stage: TraceStage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

describe('true loops are stopped by their 10th repetition', () => {
  test.each(LOOPS.map((kind) => [kind.name, kind] as const))('%s', async (_name, kind) => {
    const { by, repetitions } = await stage.play(kind, SEED)
    expect(by).toBe('loop-detected')
    expect(repetitions).toBeLessThanOrEqual(10)
  })
})

describe('honest work is never asked about, slowed down or refused', () => {
  test.each(HONEST.map((kind) => [kind.name, kind] as const))('%s', async (_name, kind) => {
    expect(await stage.play(kind, SEED)).toMatchObject({ stoppedAt: null })
  })
})
