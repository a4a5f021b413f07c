import type { UsdNanos } from '../../../shared/values/money.ts'
import type { RecentCall, Step } from '../policy/decision/facts.ts'
import { TUNING } from './tuning.ts'

/** A stretch of a thread that brought nothing new: how often what was done in it was done, and what it has cost so far. */
export interface Loop {
  /** Of one thing; of several in turns, how often each was done. */
  repeats: number
  /** What was repeated: nothing at all came of it, or only the same failure. */
  kind: 'same-call' | 'same-few' | 'same-failure' | 'same-prompt'
  /** Tools of the stretch, each once; empty for prompts. */
  tools: string[]
  callIds: string[]
  /** Since the last new thing. */
  costNanos: UsdNanos
}

export interface LoopFacts {
  /** The thread's calls within the window, oldest first. */
  earlier: readonly RecentCall[]
  self: RecentCall
  /** How often the same has to be done. */
  repeats: number
  /** What waiting and measuring may cost before they count like any repetition. */
  patientUntilNanos: UsdNanos
}

/**
 * Whether money is being spent without anything new coming of it: a run of steps in which next to nothing was asked for
 * and next to nothing came back that the thread had not had. Evidence is counted in repetitions; a run of several
 * different steps needs each of them that often, up to a bound.
 */
export function detectLoop({ earlier, self, repeats, patientUntilNanos }: LoopFacts): Loop | null {
  const run = staleRun([...turnsOf(earlier, self), self])
  if (run.length === 0) return null
  const costNanos = run.reduce((sum, { turn }) => sum + turn.costNanos, 0)
  const byThing = new Map<string, StaleTurn[]>()
  for (const stale of run) {
    const thing = thingOf(stale.turn.step)
    byThing.set(thing, [...(byThing.get(thing) ?? []), stale])
  }
  const isExpensive = costNanos > patientUntilNanos
  const groups = [...byThing.values()].map((turns) => ({
    isPrompt: isPrompt(turns),
    weight: turns.reduce((sum, { weight }) => sum + weight, 0),
    change:
      isExpensive && !isPrompt(turns)
        ? 'none'
        : movesState(turns)
          ? 'one-way'
          : changeOf(turns.map(({ turn }) => turn)),
  }))
  // Where prompts bring another piece each time, what is done to it is done for the first time.
  const pieces = Math.min(1, ...groups.filter((group) => group.isPrompt).map(({ change }) => SHARES[change]))
  const evidence = (shares: Readonly<Record<Change, number>>) =>
    groups.reduce((sum, { weight, change }) => sum + weight * Math.min(shares[change], pieces), 0)
  const things = Math.min(byThing.size, TUNING.MOST_THINGS)
  const pace = isExpensive ? 1 : paceShare(run)
  // What began the run was new when it was first done.
  const done = Math.max(evidence(SHARES) / things, evidence(LATE_SHARES) / TUNING.MOST_THINGS) * pace + 1
  if (done < repeats) return null
  run.reverse()
  const steps = run.flatMap(({ turn }) => (turn.step ? [turn.step] : []))
  return {
    repeats: Math.floor(run.length / byThing.size) + 1,
    kind: kindOf(steps, byThing.size),
    tools: [...new Set(steps.flatMap((step) => step.tools))],
    callIds: run.map(({ turn }) => turn.callId),
    costNanos,
  }
}

interface StaleTurn {
  turn: RecentCall
  before: RecentCall | undefined
  /** How little of it was new, 0 to 1, after what came later. */
  weight: number
  /** Between the answer before and this call: tools run, people think. */
  pauseMs: number
}

/** The turns since the last new thing, latest first. */
function staleRun(turns: readonly RecentCall[]): StaleTurn[] {
  const run: StaleTurn[] = []
  let kept = 1
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index] as RecentCall
    const before = turns[index - 1]
    kept *= staleness(turn.step)
    if (kept < TUNING.LEAST_STALENESS) break
    const pauseMs = before?.endedAtMs == null ? 0 : turn.atMs - before.endedAtMs
    run.push({ turn, before, weight: kept * (isFailingAnew(turn.step) ? TUNING.FAILURE_SHARE : 1), pauseMs })
  }
  return run
}

/** 1: nothing in it was new; 0: something was. */
function staleness(step: Step | null): number {
  if (!step) return 0
  const asked = isFailingAnew(step) ? 0 : step.newlyAsked
  const news = asked / TUNING.NEWLY_ASKED_CHARACTERS + step.newlyAnswered / TUNING.NEWLY_ANSWERED_CHARACTERS
  return Math.max(0, 1 - news)
}

/** Something else was tried, and the tool itself says that it failed, in the words it has used before. */
function isFailingAnew(step: Step | null): boolean {
  return step !== null && step.failed && step.newlyAsked > 0
}

/** What makes two turns the same thing done again. */
function thingOf(step: Step | null): string {
  if (!step) return ''
  return step.isPrompt || isFailingAnew(step) ? step.answer : step.ask
}

/** What ends as soon as it is asked for is not waited for: the longer the pauses, the less it says that nothing is new. */
function paceShare(run: readonly StaleTurn[]): number {
  const meanMs = run.reduce((sum, { pauseMs }) => sum + pauseMs, 0) / run.length
  return Math.min(1, (TUNING.POLLING_GAP_MS / Math.max(1, meanMs)) ** TUNING.PACE_EXPONENT)
}

type Change = 'none' | 'words' | 'noise' | 'one-way' | 'data' | 'rows'

/** How much a repetition counts, by what changed in the answers. */
const SHARES: Readonly<Record<Change, number>> = {
  none: 1,
  words: TUNING.OTHER_WORDS_SHARE,
  noise: TUNING.NOISE_SHARE,
  'one-way': TUNING.ONE_WAY_SHARE,
  data: TUNING.ONE_WAY_SHARE,
  rows: 0,
}

/** In a long run noise and other words have had their time. */
const LATE_SHARES: Readonly<Record<Change, number>> = { ...SHARES, noise: 1, words: TUNING.LATE_WORDS_SHARE }

/**
 * What changed between the answers to one thing. Words in another order, or a few others: something goes on. Numbers
 * that go up and down: noise, such as a duration, or a measurement; in prompts, the rows of a table. Numbers that all go
 * one way: progress, or a clock that nobody here knows; in prompts, a counter. Many numbers that change: data.
 */
function changeOf(turns: readonly RecentCall[]): Change {
  const isRow = turns[0]?.step?.isPrompt === true
  const slots = (turns[0]?.step?.numbers ?? []).map((_, slot) =>
    turns.map(({ step, atMs }) => ({ number: step?.numbers[slot] ?? Number.NaN, atMs })),
  )
  const changing = slots.filter((readings) => !(isRow ? standsStill(readings) : isClock(readings)))
  if (!isRow && changing.length > TUNING.MOST_NOISE) return 'data'
  const answers = new Set(turns.map(({ step }) => step?.answer)).size
  if (answers > 1) return answers > turns.length * TUNING.RARE_ANSWERS_SHARE ? 'words' : isRow ? 'rows' : 'noise'
  if (changing.length === 0) return 'none'
  if (changing.every(goesOneWay)) return 'one-way'
  return isRow ? 'rows' : 'noise'
}

/**
 * Another thing was done just before and answered in the same words, and each time this one moved the numbers the same
 * way: they are a state, such as a place in a maze, and what is done has an effect on it. Of noise that cannot be said.
 */
function movesState(turns: readonly StaleTurn[]): boolean {
  const moves = turns.flatMap(({ turn, before }) => {
    const [now, then] = [turn.step, before?.step]
    if (!now || !then || now.isPrompt || now.ask === then.ask || now.answer !== then.answer) return []
    return [now.numbers.map((number, slot) => number - (then.numbers[slot] ?? number))]
  })
  // To and fro between the same two places is nothing new.
  const readings = (slot: number) => new Set(turns.map(({ turn }) => turn.step?.numbers[slot])).size
  const slots = (moves[0] ?? []).flatMap((_, slot) => (readings(slot) > 1 ? [slot] : []))
  const moved = slots.map((slot) => moves.map((move) => Math.sign(move[slot] ?? 0)).filter(Boolean))
  return moved.some((signs) => signs.length > 1) && moved.every((signs) => signs.every((sign) => sign === signs[0]))
}

function isPrompt(turns: readonly StaleTurn[]): boolean {
  return turns[0]?.turn.step?.isPrompt === true
}

interface NumberRead {
  number: number
  atMs: number
}

function standsStill(readings: readonly NumberRead[]): boolean {
  return readings.every(({ number }) => number === readings[0]?.number)
}

/** It counts the steps themselves (some of which were refused), hardly moves, as process ids do, or keeps time in milliseconds, seconds or minutes. */
function isClock(readings: readonly NumberRead[]): boolean {
  const [first] = readings
  if (!first || standsStill(readings)) return true
  // The latest comes first.
  const counts = goesOneWay(readings) && Math.abs(first.number - (readings.at(-1)?.number ?? 0)) <= readings.length
  const range = Math.max(...readings.map(({ number }) => Math.abs(first.number - number)))
  const hardlyMoves = range <= Math.abs(first.number) * TUNING.HARDLY_MOVES
  const keeps = (unitMs: number) =>
    readings.every(({ number, atMs }) => {
      const elapsed = (first.atMs - atMs) / unitMs
      return Math.abs(first.number - number - elapsed) <= TUNING.CLOCK_SLACK + elapsed * TUNING.CLOCK_DRIFT
    })
  return counts || hardlyMoves || [1, 1_000, 60_000].some(keeps)
}

function goesOneWay(readings: readonly NumberRead[]): boolean {
  const goes = (way: 1 | -1) =>
    readings.slice(1).every(({ number }, index) => (number - (readings[index]?.number ?? Number.NaN)) * way >= 0)
  return goes(1) || goes(-1)
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

function kindOf(steps: readonly Step[], things: number): Loop['kind'] {
  if (steps.every((step) => isFailingAnew(step))) return 'same-failure'
  if (steps.every(({ tools }) => tools.length === 0)) return 'same-prompt'
  return things === 1 ? 'same-call' : 'same-few'
}
