import type { CallKind, CallRecord } from '../../../../shared/calls/call.ts'
import type { Usage } from '../../../../shared/calls/usage.ts'
import { TUNING } from './tuning.ts'

/** What a closed call taught: what we thought before, what the provider said after. Counts of tokens and bytes. */
export interface CallObservation {
  provider: string
  model: string
  kind: CallKind
  /** Our estimate before any ratio was applied; 0 when there was none. */
  estimatedInputTokens: number
  /** All input the provider reported, null when it reported none. */
  reportedInputTokens: number | null
  /** All output the provider reported, null when it reported none. */
  outputTokens: number | null
  reasoningTokens: number
  /** Our rough count of the output that passed by (rough-tokens). */
  roughOutputTokens: number
  /** Input that the provider's cache could have held (predict-cache), and what it reported to have read; 0 and 0 where there was none. */
  readableTokens: number
  cacheReadTokens: number
}

/** What is to be expected of a model and a kind of call. */
export interface Learned {
  /** Reported ÷ estimated input. */
  inputRatio: number
  /** The highest of the ratios seen lately: what the input comes to at worst. */
  highInputRatio: number
  /** The least that was read of what could have been read, of the calls seen lately; 0 while nothing was seen. */
  cacheShare: number
  /** Recency-weighted mean of output. */
  expectedOutput: number
  /** The longest answer that is usual: p99 of the calls remembered, with a tenth on top. */
  highOutput: number
  /** Visible output tokens ÷ our rough count of it. */
  outputRatio: number
  /** Share of the output that nobody saw, 0–1. */
  hiddenShare: number
  /** Calls of this model and kind that output was learned from. */
  samples: number
}

/** Defaults before anything was learned; each errs on the expensive side. */
export const UNLEARNED: Learned = Object.freeze({
  inputRatio: 1,
  highInputRatio: 1,
  cacheShare: 0,
  expectedOutput: TUNING.UNLEARNED_OUTPUT_TOKENS,
  highOutput: TUNING.UNLEARNED_HIGH_OUTPUT_TOKENS,
  outputRatio: 1,
  hiddenShare: 0,
  samples: 0,
})

/** Models, and models × kinds, remembered; the one learned from longest ago is forgotten first. */
const MAX_MODELS = 200
const MAX_SHAPES = 500
/** A ratio beyond these comes from input we did not see (files, stored context), not from counting badly. */
const INPUT_RATIO_BOUNDS = [0.5, 2] as const
const OUTPUT_RATIO_BOUNDS = [0.3, 3] as const

interface ModelMemory {
  inputRatios: number[]
  cacheShares: number[]
  outputRatio: number | null
  hiddenShare: number | null
}

interface Shape {
  mean: number | null
  /** A ring of the newest outputs. */
  outputs: number[]
  count: number
}

/** Learns from closed calls what the next ones will come to. Bounded, without a clock, and lost without harm. */
export interface Calibration {
  learn(observation: CallObservation): void
  /** `kind` null asks over all kinds. */
  forModel(provider: string, model: string | null, kind: CallKind | null): Learned
}

export function createCalibration(): Calibration {
  const models = new Map<string, ModelMemory>()
  const shapes = new Map<string, Shape>()

  const shapeOf = (key: string) => refresh(shapes, key, MAX_SHAPES, () => ({ mean: null, outputs: [], count: 0 }))

  return {
    learn(observation) {
      const key = modelKey(observation.provider, observation.model)
      const model = refresh(models, key, MAX_MODELS, () => ({
        inputRatios: [],
        cacheShares: [],
        outputRatio: null,
        hiddenShare: null,
      }))
      learnInput(model, observation)
      learnOutputRatio(model, observation)
      learnCacheShare(model, observation)
      if (observation.outputTokens === null) return
      for (const shape of [shapeOf(key), shapeOf(shapeKey(key, observation.kind))]) {
        shape.outputs[shape.count % TUNING.REMEMBERED_OUTPUTS] = observation.outputTokens
        shape.count++
        shape.mean = blend(shape.mean, observation.outputTokens)
      }
    },

    forModel(provider, model, kind) {
      if (model === null) return UNLEARNED
      const key = modelKey(provider, model)
      const memory = models.get(key)
      if (!memory) return UNLEARNED
      const ofKind = kind === null ? undefined : shapes.get(shapeKey(key, kind))
      const shape = ofKind && ofKind.count >= TUNING.ENOUGH_SAMPLES ? ofKind : shapes.get(key)
      return {
        inputRatio: middleOf([...memory.inputRatios, ...Array<number>(TUNING.PRIOR_RATIOS).fill(UNLEARNED.inputRatio)]),
        highInputRatio: Math.max(UNLEARNED.highInputRatio, ...memory.inputRatios),
        cacheShare: memory.cacheShares.length > 0 ? Math.min(...memory.cacheShares) : UNLEARNED.cacheShare,
        outputRatio: memory.outputRatio ?? UNLEARNED.outputRatio,
        hiddenShare: memory.hiddenShare ?? UNLEARNED.hiddenShare,
        ...outputOf(shape),
      }
    },
  }
}

function learnInput(model: ModelMemory, { estimatedInputTokens, reportedInputTokens }: CallObservation): void {
  if (reportedInputTokens === null || estimatedInputTokens < TUNING.MIN_INPUT_FOR_RATIO) return
  const ratio = reportedInputTokens / estimatedInputTokens
  const [lowest, highest] = INPUT_RATIO_BOUNDS
  if (ratio < lowest || ratio > highest) return
  model.inputRatios.push(ratio)
  if (model.inputRatios.length > TUNING.REMEMBERED_RATIOS) model.inputRatios.shift()
}

function middleOf(values: number[]): number {
  const sorted = values.sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 1) + (sorted[Math.ceil(middle)] ?? 1)) / 2
}

function learnCacheShare(model: ModelMemory, { readableTokens, cacheReadTokens }: CallObservation): void {
  if (readableTokens === 0) return
  model.cacheShares.push(Math.min(1, cacheReadTokens / readableTokens))
  if (model.cacheShares.length > TUNING.REMEMBERED_RATIOS) model.cacheShares.shift()
}

function learnOutputRatio(
  model: ModelMemory,
  { outputTokens, reasoningTokens, roughOutputTokens }: CallObservation,
): void {
  if (outputTokens === null || outputTokens === 0) return
  model.hiddenShare = blend(model.hiddenShare, Math.min(1, reasoningTokens / outputTokens))
  if (roughOutputTokens < TUNING.MIN_OUTPUT_FOR_RATIO) return
  const ratio = Math.max(0, outputTokens - reasoningTokens) / roughOutputTokens
  const [lowest, highest] = OUTPUT_RATIO_BOUNDS
  if (ratio >= lowest && ratio <= highest) model.outputRatio = blend(model.outputRatio, ratio)
}

/** Too few calls are mixed with the default, as if it were the calls that are missing. */
function outputOf(shape: Shape | undefined): Pick<Learned, 'expectedOutput' | 'highOutput' | 'samples'> {
  if (!shape || shape.mean === null)
    return { expectedOutput: UNLEARNED.expectedOutput, highOutput: UNLEARNED.highOutput, samples: 0 }
  const trust = Math.min(1, shape.count / TUNING.ENOUGH_SAMPLES)
  const sorted = [...shape.outputs].sort((a, b) => a - b)
  const high = (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0) * 1.1
  return {
    expectedOutput: Math.ceil(shape.mean * trust + UNLEARNED.expectedOutput * (1 - trust)),
    highOutput: Math.ceil(trust === 1 ? high : Math.max(high, UNLEARNED.highOutput)),
    samples: shape.count,
  }
}

function blend(mean: number | null, newest: number): number {
  return mean === null ? newest : mean + (newest - mean) * TUNING.NEWEST_WEIGHT
}

/** Gets or makes an entry and makes it the newest; the oldest goes when there are too many. */
function refresh<Value>(memory: Map<string, Value>, key: string, most: number, create: () => Value): Value {
  const value = memory.get(key) ?? create()
  memory.delete(key)
  memory.set(key, value)
  if (memory.size > most) {
    const oldest = memory.keys().next()
    if (!oldest.done) memory.delete(oldest.value)
  }
  return value
}

function modelKey(provider: string, model: string): string {
  return `${provider}\n${model}`
}

function shapeKey(model: string, kind: CallKind): string {
  return `${model}\n${kind}`
}

/** What a call of the past, read back from the ledger, still teaches: how long answers are. Its bytes nobody kept. */
export function pastObservation(record: CallRecord, usage: Usage): CallObservation {
  return {
    provider: record.provider,
    model: record.requestModel ?? '',
    kind: record.kind,
    estimatedInputTokens: 0,
    reportedInputTokens: null,
    outputTokens: usage.output,
    reasoningTokens: usage.reasoning,
    roughOutputTokens: 0,
    readableTokens: 0,
    cacheReadTokens: 0,
  }
}
