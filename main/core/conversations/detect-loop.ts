import type { UsdNanos } from '../../../shared/values/money.ts'
import type { RecentCall, Step } from '../policy/decision/facts.ts'

/** A loop that was found: what repeats, how often, and what its calls have cost so far. */
export interface Loop {
  kind: 'same-call' | 'same-failure' | 'cycle' | 'same-prompt' | 'same-few'
  repeats: number
  /** Tools of one repetition, in order; empty for prompts. */
  tools: string[]
  callIds: string[]
  costNanos: UsdNanos
}

/** Cycles longer than this are a way of working, not a loop. In steps. */
const LONGEST_CYCLE = 6
/** A step that waits for something, measures it, or gets on by a number, may be repeated this much more often … */
const PATIENCE = 3
/** … and this much more when it gives what it waits for some time of its own, beside what the model takes to think. */
const POLLING_PATIENCE = 12
/** From here on two looks at the same thing are apart enough to be polling. In milliseconds. */
const POLLING_GAP_MS = 2_000
/** Equal prompts with such pauses between them are asked by a clock or by a person trying something. In milliseconds. */
const ASKED_GAP_MS = 10_000
/** Nobody types this fast. In milliseconds. */
const URGING_GAP_MS = 500
/** A growing pause between equal steps is somebody who backs off. */
const BACKOFF_FACTOR = 1.4

/**
 * Whether a call repeats what its thread did before: the same tool call with the same answer, the same failure of
 * whatever was tried, a cycle of steps, or prompts that differ by counters and times alone. `earlier` are the thread's
 * calls within the window, oldest first. Work that changes something in between, or learns something new, never counts.
 */
export function detectLoop(earlier: readonly RecentCall[], self: RecentCall, repeats: number): Loop | null {
  const turns = [...turnsOf(earlier, self), self]
  return (
    sameStep(turns, repeats) ??
    cycle(turns, repeats) ??
    sameFailure(turns, repeats) ??
    sameFew(turns, repeats) ??
    sameUrging(turns, repeats)
  )
}

/** One after the other: an attempt that got no answer was no turn, and of calls that ran side by side one counts. */
function turnsOf(earlier: readonly RecentCall[], self: RecentCall): RecentCall[] {
  const turns: RecentCall[] = []
  for (const call of earlier) {
    if (call.open || call.endedAtMs === null || call.httpStatus === null || call.httpStatus >= 400) continue
    if (call.callId === self.callId || call.endedAtMs > self.atMs) continue
    const last = turns.at(-1)
    if (last && last.endedAtMs !== null && last.endedAtMs > call.atMs) turns[turns.length - 1] = call
    else turns.push(call)
  }
  return turns
}

function sameStep(turns: readonly RecentCall[], repeats: number): Loop | null {
  const run = lastRun(turns, 1)
  const step = run.at(-1)?.step
  // Of samples of one question the one that is being asked is not one that was; else the answer before it was in vain.
  const made = run.length - (isPrompt(step) && !grows(run) ? 1 : 0)
  if (made < repeats * patienceOf(run)) return null
  const tools = [...(step?.tools ?? [])]
  return found(tools.length > 0 ? 'same-call' : 'same-prompt', made, tools, run)
}

function cycle(turns: readonly RecentCall[], repeats: number): Loop | null {
  for (let length = 2; length <= LONGEST_CYCLE; length += 1) {
    const run = lastRun(turns, length)
    if (run.length < repeats * length * patienceOf(run)) continue
    const once = run.slice(-length)
    return found(
      'cycle',
      Math.floor(run.length / length),
      once.flatMap(({ step }) => [...(step?.tools ?? [])]),
      run,
    )
  }
  return null
}

/**
 * The same few steps in any order, with nothing new among them: doing and undoing, or looking at everything once more.
 * Once more than elsewhere, because a step that comes back among others is no proof at first.
 */
function sameFew(turns: readonly RecentCall[], repeats: number): Loop | null {
  // Users of a program ask it the same few things, and each of them for the first time.
  if (isPrompt(turns.at(-1)?.step)) return null
  const few: RecentCall[][] = []
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const call = turns[index] as RecentCall
    const same = few.find((group) => isSame(group[0]?.step, call.step))
    if (same) same.push(call)
    else if (few.length < LONGEST_CYCLE) few.push([call])
    else return null
    const own = few[0] ?? []
    // Of one alone sameStep has judged, over all of its run.
    if (few.length < 2 || own.length <= repeats || few.some((group) => group.length < 2)) continue
    const run = turns.slice(index)
    if (own.length <= repeats * patienceOf(run) || few.some((group) => !countsOn(group, 1))) continue
    return found('same-few', own.length, [...new Set(run.flatMap(({ step }) => [...(step?.tools ?? [])]))], run)
  }
  return null
}

/** Whatever was tried, the very same failure: progress would change at least a line number. */
function sameFailure(turns: readonly RecentCall[], repeats: number): Loop | null {
  const failure = turns.at(-1)?.step?.failure ?? null
  if (failure === null) return null
  let from = turns.length
  while (from > 0 && turns[from - 1]?.step?.failure === failure) from -= 1
  const run = turns.slice(from)
  if (run.length < repeats * patienceOf(run)) return null
  return found('same-failure', run.length, [...new Set(run.flatMap(({ step }) => [...(step?.tools ?? [])]))], run)
}

/**
 * The very same words whatever the model says, and at once: a program that is never content. People take their time,
 * and who asks for more of something gets on.
 */
function sameUrging(turns: readonly RecentCall[], repeats: number): Loop | null {
  const urging = turns.at(-1)?.step?.urging ?? null
  if (urging === null) return null
  let from = turns.length
  while (from > 0 && turns[from - 1]?.step?.urging === urging) from -= 1
  const run = turns.slice(from)
  const pauses = run.slice(1).map((call, index) => call.atMs - (run[index]?.endedAtMs ?? call.atMs))
  if (run.length < repeats || median(pauses) >= URGING_GAP_MS) return null
  return found('same-prompt', run.length, [], run)
}

/** The longest tail in which every step equals the one `length` steps before. */
function lastRun(turns: readonly RecentCall[], length: number): RecentCall[] {
  let from = turns.length - 1
  while (from >= length && isSame(turns[from - length]?.step, turns[from]?.step)) from -= 1
  const run = turns.slice(Math.max(0, from - length + 1))
  return countsOn(run, length) ? run : run.slice(-length)
}

function isSame(before: Step | null | undefined, after: Step | null | undefined): boolean {
  if (!before || !after || before.calls !== after.calls) return false
  // Who waits learns from every change of the answer, were it one number.
  if (before.waits || after.waits) return before.exact === after.exact
  return before.shape === after.shape || (before.failureShape !== null && before.failureShape === after.failureShape)
}

/** Whether numbers in the prompts only ever go one way: a counter does, data does not. */
function countsOn(run: readonly RecentCall[], length: number): boolean {
  const width = run.at(-1)?.step?.numbers.length ?? 0
  for (let slot = 0; slot < width; slot += 1) {
    let grows = true
    let shrinks = true
    for (let index = length; index < run.length; index += 1) {
      const before = run[index - length]?.step?.numbers[slot] ?? Number.NaN
      const after = run[index]?.step?.numbers[slot] ?? Number.NaN
      grows &&= after >= before
      shrinks &&= after <= before
    }
    if (!grows && !shrinks) return false
  }
  return true
}

function patienceOf(run: readonly RecentCall[]): number {
  const gaps = run.slice(1).map((call, index) => call.atMs - (run[index]?.atMs ?? 0))
  const pauses = run.slice(1).map((call, index) => call.atMs - (run[index]?.endedAtMs ?? call.atMs))
  const isBackingOff =
    (gaps.at(-1) ?? 0) >= POLLING_GAP_MS &&
    gaps.slice(1).every((gap, index) => gap >= (gaps[index] ?? 0) * BACKOFF_FACTOR)
  if (run.some(({ step }) => step?.waits))
    return isBackingOff || median(pauses) >= POLLING_GAP_MS ? POLLING_PATIENCE : PATIENCE
  // Between looks of a clock or of a person at the same thing an agent may well use its tools.
  const beforePrompts = pauses.filter((_, index) => isPrompt(run[index + 1]?.step))
  const isAsked = beforePrompts.length > 0 && median(beforePrompts) >= ASKED_GAP_MS
  return isBackingOff || isAsked || measuresOnAndOn(run) || getsOn(run) ? PATIENCE : 1
}

/** Each call shows more of a conversation than the one before. */
function grows(run: readonly RecentCall[]): boolean {
  return run
    .slice(1)
    .every((call, index) => call.messageFingerprints.length > (run[index]?.messageFingerprints.length ?? 0))
}

/** Nothing was called before it, as far as anybody saw. */
export function isPrompt(step: Step | null | undefined): boolean {
  return step?.calls === null && step.tools.length === 0
}

/** Numbers are what it wants; the very same ones again tell it nothing. */
function measuresOnAndOn(run: readonly RecentCall[]): boolean {
  const last = run.at(-1)?.step
  // Of a cycle each step is measured for itself.
  const measured = run.flatMap(({ step }) => (step?.measures && isSame(last, step) ? [step.exact] : []))
  return new Set(measured).size > 1
}

/** One number of the answers goes the same way with every step: a position, a distance, what is left to do. */
function getsOn(run: readonly RecentCall[]): boolean {
  const last = run.at(-1)?.step
  const readings = run.flatMap(({ step }) => (step && isSame(last, step) ? [step.readings] : []))
  const slots = (last?.readings ?? []).map((_, slot) => readings.map((numbers) => numbers[slot] ?? Number.NaN))
  const goes = (numbers: readonly number[], way: 1 | -1) =>
    numbers.slice(1).every((number, index) => (number - (numbers[index] ?? Number.NaN)) * way > 0)
  return readings.length > 2 && slots.some((numbers) => goes(numbers, 1) || goes(numbers, -1))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function found(kind: Loop['kind'], repeats: number, tools: string[], run: readonly RecentCall[]): Loop {
  return {
    kind,
    repeats,
    tools,
    callIds: run.map(({ callId }) => callId),
    costNanos: run.reduce((sum, { costNanos }) => sum + costNanos, 0),
  }
}
