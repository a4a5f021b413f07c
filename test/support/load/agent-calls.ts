import { createHash } from 'node:crypto'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { createConversations } from '../../../main/core/conversations/conversations.ts'
import { createRecentCalls, type RecentCallLog } from '../../../main/core/ledger/calls/recent-calls.ts'
import type { Quote } from '../../../main/core/metering/quote/quote.ts'
import { type GuardFacts, NO_WORKLOAD, type RecentCall } from '../../../main/core/policy/decision/facts.ts'
import { asRecent } from '../../../main/proxy/preparation/workload-of.ts'
import { request } from '../../core/conversations/requests.ts'

/** Agents' calls for the tests of guards: made of lines (see requests.ts), fingerprinted as the proxy would. */

export const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('base64url').slice(0, 16)

export const QUOTE: Quote = {
  inputTokens: 1_000,
  worstInputTokens: 1_000,
  worstInputNanos: 2_500_000,
  expectedInputNanos: 2_500_000,
  expectedCacheReadTokens: 0,
  readableTokens: 0,
  outputNanosPerMillion: 10_000_000_000,
  worstOutputTokens: 16_384,
  expectedOutputTokens: 400,
  highOutputTokens: 2_000,
  typical: true,
  hasOwnMaximum: false,
  minOutputTokens: 256,
  choices: 1,
  output: 'visible',
  sealed: false,
  marginTokens: 64,
  priced: 'exact',
  priceVersion: 'test',
  contextWindow: 128_000,
}

export interface CallerChanges {
  session?: string | null
  agent?: string | null
  pid?: number | null
  conversation?: string | null
  model?: string | null
  provider?: string
  quote?: Partial<Quote>
}

export function callFacts(callId: string, atMs: number, change: CallerChanges = {}): CallFacts {
  const { session = 's1', agent = 'codex', pid = 7, conversation = 'c1', model = 'gpt-5', provider = 'openai' } = change
  return {
    callId,
    startedAtMs: atMs,
    provider,
    api: 'chat.completions',
    requestModel: model,
    stream: false,
    kind: 'tool-loop',
    billing: 'metered',
    attribution: {
      ...NO_ATTRIBUTION,
      developer: 'ada@acme.dev',
      project: 'web',
      branch: 'feat-x',
      session,
      agent,
      process: pid === null ? null : { pid, command: 'codex', cwd: null, parents: [] },
    },
    conversation,
    attempt: 1,
    contextTokens: 1_000,
    contextWindow: 128_000,
    priced: 'exact',
    priceVersion: 'test',
  }
}

/** A line of what the model answers, which is no part of the request. */
const SAYS = 'says: '

/** A world of recent calls with a clock: what was called stays, each a second after the one before. */
export function createWorld() {
  const recent: RecentCallLog = createRecentCalls()
  const conversations = createConversations(hash, recent)
  let nowMs = Date.parse('2026-11-23T12:00:00Z')
  let count = 0
  const world = {
    recent,
    get nowMs() {
      return nowMs
    },
    pass: (ms: number) => {
      nowMs += ms
    },
    /** A call that has not been sent. */
    next(all: readonly string[], change: CallerChanges = {}): GuardFacts & { self: RecentCall } {
      const lines = all.filter((line) => !line.startsWith(SAYS))
      count += 1
      const call = callFacts(`call${count}`, nowMs, change)
      const quote = { ...QUOTE, ...change.quote }
      const identified = conversations.identify({
        callId: call.callId,
        atMs: nowMs,
        body: Buffer.from(JSON.stringify(lines)),
        request: request(lines),
        headers: {},
        attribution: call.attribution,
      })
      const self = asRecent({ call, quote, identified: { ...identified, isCompaction: false } })
      return {
        call,
        quote,
        nowMs,
        timeZone: 'Europe/Paris',
        budget: null,
        recent,
        workload: { ...NO_WORKLOAD, self },
        self,
      }
    },
    /** One that was sent and answered, a second long. */
    answered(lines: readonly string[], change: CallerChanges = {}, end: Partial<RecentCall> = {}): void {
      const { self } = world.next(lines, change)
      recent.add(self)
      nowMs += 1_000
      const text = lines.find((line) => line.startsWith(SAYS))?.slice(SAYS.length) ?? 'ok'
      conversations.answered(self.callId, null, [{ text, toolCalls: [] }])
      recent.update(self.callId, { open: false, httpStatus: 200, endedAtMs: nowMs, costNanos: 10_000_000, ...end })
    },
    /** One that still runs. */
    running(lines: readonly string[], change: CallerChanges = {}): void {
      recent.add(world.next(lines, change).self)
    },
  }
  return world
}
