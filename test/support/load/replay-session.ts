import { createConversations } from '../../../main/core/conversations/conversations.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { loop } from '../../../main/core/policy/guards/behaviour/loop.ts'
import { NO_WORKLOAD, type Step } from '../../../main/core/policy/decision/facts.ts'
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
  costUsd?: number | null
}

export interface RecordedSession {
  source: string
  session: string
  system: string
  steps: RecordedStep[]
}

export interface ReplayedSession {
  /** Where the guard first spoke: before this step (from 1) was sent. */
  finding: { at: number; reason: string; costUsd: number } | null
  steps: (Step | null)[]
  /** The most steps in a row in which next to nothing was new. */
  longestStaleRun: number
}

const RULE = loop.schema.parse({ id: 'loop', guard: 'loop', within: '1 day', action: 'deny' })
/** Between an answer and the next call, where nobody wrote it down. */
const PAUSE_MS = 500
const COST_NANOS = 10_000_000

/** Plays a recorded session through what names conversations and finds loops, as the proxy would. */
export function replaySession({ system, steps }: RecordedSession): ReplayedSession {
  const recent = createRecentCalls()
  const conversations = createConversations(hash, recent)
  const messages: PromptMessage[] = system === '' ? [] : [message('system', system)]
  let finding: ReplayedSession['finding'] = null
  const measured: (Step | null)[] = []
  let nowMs = steps[0]?.atMs ?? Date.parse('2026-11-23T12:00:00Z')
  let spentUsd = 0
  let stale = 0
  let longestStaleRun = 0
  for (const [index, step] of steps.entries()) {
    messages.push(...step.user.map((text) => message('user', text)))
    nowMs = Math.max(nowMs, step.atMs ?? nowMs + PAUSE_MS)
    const call = callFacts(`call${index}`, nowMs)
    const identified = conversations.identify({
      callId: call.callId,
      atMs: nowMs,
      body: Buffer.from(`${index}`),
      request: { ...request([]), messages: [...messages] },
      headers: {},
      attribution: call.attribution,
    })
    const self = asRecent({ call, quote: QUOTE, identified })
    measured.push(self.step)
    const isStale = self.step !== null && self.step.newlyAsked <= 2 && self.step.newlyAnswered < 24
    stale = isStale ? stale + 1 : 0
    longestStaleRun = Math.max(longestStaleRun, stale)
    const found = loop.check(
      {
        call,
        quote: QUOTE,
        nowMs,
        timeZone: 'UTC',
        budget: null,
        recent,
        workload: { ...NO_WORKLOAD, self },
      },
      RULE,
    )
    if (found && !finding) finding = { at: index + 1, reason: found.reason, costUsd: spentUsd }
    recent.add(self)
    conversations.answered(call.callId, null, [{ text: step.text, toolCalls: step.calls }])
    const costNanos = step.costUsd == null ? COST_NANOS : Math.round(step.costUsd * 1e9)
    spentUsd += costNanos / 1e9
    nowMs += 1_000
    recent.update(call.callId, { open: false, httpStatus: 200, endedAtMs: nowMs, costNanos })
    if (step.text !== '') messages.push(message('assistant', step.text))
    messages.push(
      ...step.calls.map(({ name, arguments: text }) => ({
        ...message('assistant', ''),
        toolCalls: [{ id: null, name, arguments: text }],
      })),
    )
    messages.push(
      ...step.results.map((text) => ({ ...message('tool', text), toolResult: { id: null, isError: false } })),
    )
  }
  return { finding, steps: measured, longestStaleRun }
}

function message(role: PromptMessage['role'], text: string): PromptMessage {
  return { role, text, media: [], toolCalls: [], toolResult: null, cacheBreakpoint: null }
}
