import type { VerdictKind } from '../../../shared/calls/verdict.ts'
import { createConversations } from '../../../main/core/conversations/conversations.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { loop } from '../../../main/core/policy/guards/behaviour/loop.ts'
import { NO_WORKLOAD, type RecentCall, type Step } from '../../../main/core/policy/decision/facts.ts'
import type { PromptMessage } from '../../../main/core/providers/types/provider.ts'
import { asRecent } from '../../../main/proxy/preparation/workload-of.ts'
import { request } from '../../core/conversations/requests.ts'
import { callFacts, hash, QUOTE } from './agent-calls.ts'

/** One call of the model, as a session file tells it. */
export interface RecordedStep {
  /** When the model was asked; null where nobody wrote it down. */
  atMs: number | null
  /** What people or programs said since the step before. */
  user: string[]
  text: string
  calls: { name: string; arguments: string }[]
  results: string[]
}

export interface RecordedSession {
  system: string
  steps: RecordedStep[]
}

/**
 * A call of a recorded session as the guard sees it, and no text: `[ask, answer, newly asked, newly answered, is a prompt,
 * seconds since the call before, numbers]`. Asks and answers are numbered as they first came. Where something was new,
 * `[newly asked, newly answered]`.
 */
export type MeasuredStep = [number, number] | [number, number, number, number, 0 | 1, number, number[]]

/** Plays a recorded session through what names conversations and measures steps, as the proxy would. */
export function measureSession({ system, steps }: RecordedSession): MeasuredStep[] {
  const conversations = createConversations(hash, createRecentCalls())
  const messages: PromptMessage[] = system === '' ? [] : [message('system', system)]
  const names = new Map<string, number>()
  const numberOf = (name: string) => names.get(name) ?? (names.set(name, names.size), names.size - 1)
  return steps.map((step, index) => {
    messages.push(...step.user.map((text) => message('user', text)))
    const call = callFacts(`call${index}`, index)
    const { step: found } = conversations.identify({
      callId: call.callId,
      atMs: index,
      body: Buffer.from(`${index}`),
      request: { ...request([]), messages: [...messages] },
      headers: {},
      attribution: call.attribution,
    })
    conversations.answered(call.callId, null, [{ text: step.text, toolCalls: step.calls }])
    if (step.text !== '') messages.push(message('assistant', step.text))
    messages.push(
      ...step.calls.map(({ name, arguments: text }) => ({
        ...message('assistant', ''),
        toolCalls: [{ id: null, name, arguments: text }],
      })),
      ...step.results.map((text) => ({ ...message('tool', text), toolResult: { id: null, isError: false } })),
    )
    if (!found || found.newlyAsked >= 2 || found.newlyAnswered >= 24)
      return [Math.min(99, found?.newlyAsked ?? 99), Math.min(99, found?.newlyAnswered ?? 99)]
    const sinceMs = (step.atMs ?? 0) - (steps[index - 1]?.atMs ?? step.atMs ?? 0)
    return [
      numberOf(found.ask),
      numberOf(found.answer),
      found.newlyAsked,
      found.newlyAnswered,
      found.isPrompt ? 1 : 0,
      Math.max(0, Math.round(sinceMs / 1_000)),
      [...found.numbers],
    ]
  })
}

/** Of the time between two calls, what the model takes at least; the rest is a pause. */
const MODEL_MS = 2_000
/** A call with a long history, most of it cached. */
const CALL_NANOS = 20_000_000

/** At which call (from 1) the guard first speaks, and how many more there were; null when it never does. */
export function judgeSession(steps: readonly MeasuredStep[], repeats: number): { at: number; left: number } | null {
  return playSession(steps, { repeats }, () => true)
}

export interface Reached {
  at: number
  /** Since the last new thing. */
  burntUsd: number
}

/** When the guard first gets to each stage, with 1 % of the day's cap as the amount from which it asks. A yes is taken for granted. */
export function judgeStages(steps: readonly MeasuredStep[], repeats: number): Partial<Record<VerdictKind, Reached>> {
  const reached: Partial<Record<VerdictKind, Reached>> = {}
  playSession(steps, { repeats, action: 'deny', afterUsd: '1%' }, (verdict, at) => {
    let run = 1
    while (run < at && steps[at - 1 - run]?.length !== 2) run += 1
    reached[verdict] ??= { at, burntUsd: ((run - 1) * CALL_NANOS) / 1e9 }
    return verdict === 'deny'
  })
  return reached
}

export function medianAnd95(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return [at(0.5), at(0.95)]
}

/** Plays a session until `isEnough` of a verdict on one of its calls (from 1). */
function playSession(
  steps: readonly MeasuredStep[],
  options: Record<string, unknown>,
  isEnough: (verdict: VerdictKind, at: number) => boolean,
): { at: number; left: number } | null {
  const rule = loop.schema.parse({ id: 'loop', guard: 'loop', within: '1 day', ...options })
  const recent = createRecentCalls()
  let atMs = 0
  for (const [index, measured] of steps.entries()) {
    const [ask, answer, newlyAsked, newlyAnswered, isPrompt, seconds, numbers] = wholeOf(measured)
    // Where nobody wrote down when, there were no pauses: the sternest judge.
    atMs += Math.max(MODEL_MS, seconds * 1_000)
    const step: Step = {
      tools: [],
      ask: String(ask),
      answer: String(answer),
      newlyAsked,
      newlyAnswered,
      isPrompt: isPrompt === 1,
      failed: false,
      numbers,
    }
    const call = callFacts(`call${index}`, atMs)
    const self: RecentCall = {
      ...asRecent({ call, quote: QUOTE, identified: { ...UNPLACED, thread: 'thread', step } }),
      bodyFingerprint: String(index),
    }
    const facts = { call, quote: QUOTE, nowMs: atMs, timeZone: 'UTC', budget: null, recent }
    const found = loop.check({ ...facts, workload: { ...NO_WORKLOAD, self } }, rule)
    if (found && isEnough(found.verdict, index + 1)) return { at: index + 1, left: steps.length - index }
    recent.add(self)
    recent.update(self.callId, { open: false, httpStatus: 200, endedAtMs: atMs + MODEL_MS, costNanos: CALL_NANOS })
  }
  return null
}

/** The most calls in a row in which next to nothing was new. */
export function longestStaleRun(steps: readonly MeasuredStep[]): number {
  let run = 0
  let longest = 0
  for (const step of steps) {
    run = step.length === 2 ? 0 : run + 1
    longest = Math.max(longest, run)
  }
  return longest
}

function wholeOf(step: MeasuredStep): Extract<MeasuredStep, { length: 7 }> {
  return step.length === 2 ? [-1, -1, ...step, 0, 0, []] : step
}

const UNPLACED = {
  conversation: 'c1',
  parentCallId: null,
  sharedMessages: 0,
  kind: 'tool-loop' as const,
  attempt: 1,
  isCompaction: false,
  fingerprints: { body: '', messages: [], toolCalls: [] },
}

function message(role: PromptMessage['role'], text: string): PromptMessage {
  return { role, text, media: [], toolCalls: [], toolResult: null, cacheBreakpoint: null }
}
