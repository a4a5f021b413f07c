import { NO_ATTRIBUTION } from '../../shared/calls/attribution.ts'
import type { CallEvent } from '../../shared/calls/events.ts'
import { NO_USAGE } from '../../shared/calls/usage.ts'
import { SqliteStore } from '../../main/ledger/store/sqlite-store.ts'

const KINDS = ['prompt', 'tool-loop', 'tool-loop', 'tool-loop', 'auxiliary'] as const
const MODELS = ['gpt-5', 'gpt-5-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'] as const
const PROVIDERS = ['openai', 'openai', 'anthropic', 'google'] as const
const AGENTS = ['codex', 'claude-code', 'opencode', null] as const
/** Calls of one conversation: an afternoon of an agent. */
const TURNS = 60
/** Conversations that go on at once. */
const AT_ONCE = 6
/** One call in so many is refused. */
const REFUSED_EVERY = 500
/** Calls of one transaction: a million of them would measure the disk. */
const BATCH = 5_000

export interface SeededLedger {
  lastCall: string
  lastConversation: string
  lastSession: string
}

/**
 * Writes a ledger of calls over some days, as the gateway writes them and spread as work is: conversations side by side,
 * many projects, several models and kinds, a refusal now and then, and half an hour of a runaway before its end.
 */
export function seedLedger(
  file: string,
  { calls, projects, days, endMs }: { calls: number; projects: number; days: number; endMs: number },
): SeededLedger {
  const store = new SqliteStore(file)
  store.database.exec('PRAGMA synchronous = OFF')
  const startMs = endMs - days * 86_400_000
  let last: SeededLedger = { lastCall: '', lastConversation: '', lastSession: '' }
  for (let n = 0; n < calls; n += 1) {
    const atMs = Math.floor(startMs + (n * (endMs - startMs - 60_000)) / calls)
    const { events, thread, callId } = callOf(n, atMs, projects, atMs > endMs - 3_600_000 && atMs < endMs - 1_800_000)
    for (const [ms, event] of events) store.stage(ms, event)
    if ((n + 1) % BATCH === 0) store.commit()
    last = { lastCall: callId, lastConversation: `c_${thread}`, lastSession: `s${thread}` }
  }
  store.commit()
  store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  store.close()
  return last
}

function callOf(n: number, atMs: number, projects: number, isRunaway: boolean) {
  const thread = Math.floor(n / (AT_ONCE * TURNS)) * AT_ONCE + (n % AT_ONCE)
  const turn = Math.floor((n % (AT_ONCE * TURNS)) / AT_ONCE)
  const callId = `01seeded${String(n).padStart(18, '0')}`
  const model = MODELS[thread % MODELS.length]!
  const attribution = {
    ...NO_ATTRIBUTION,
    developer: 'ada@acme.dev',
    project: `project-${thread % projects}`,
    branch: `feature-${thread % 5}`,
    session: `s${thread}`,
    agent: AGENTS[thread % AGENTS.length]!,
    process: {
      pid: 1_000 + (thread % 30_000),
      command: `node agent-${thread % 4}.js`,
      cwd: '/repo/web',
      parents: ['zsh'],
    },
    environment: thread % 9 === 0 ? ('test' as const) : ('dev' as const),
  }
  const call = {
    callId,
    startedAtMs: atMs,
    provider: PROVIDERS[thread % PROVIDERS.length]!,
    api: 'chat.completions',
    requestModel: model,
    stream: true,
    kind: KINDS[turn % KINDS.length]!,
    billing: 'metered' as const,
    via: 'base-url' as const,
    attribution,
    conversation: `c_${thread}`,
    attempt: 1,
    step: { tools: ['edit'], mark: `m${turn}` },
    contextTokens: 5_000 + turn * 900,
    contextWindow: 400_000,
    priced: 'exact' as const,
    priceVersion: 'b',
  }
  const costNanos = ((1 + turn) * 400_000 + (thread % 97) * 10_000) * (isRunaway ? 50 : 1)
  const refusal = {
    code: 'cap-reached' as const,
    rule: 'daily',
    policyVersion: 1,
    message: 'the cap was reached',
    spentUsd: '10.00',
    heldUsd: '0',
    limitUsd: '10.00',
    resetsAt: null,
    retryAfterSeconds: null,
  }
  const refused: [number, CallEvent][] = [[atMs, { type: 'call.refused', callId, call, refusal, verdicts: [] }]]
  const quote = {
    inputTokens: call.contextTokens,
    inputNanos: call.contextTokens * 1_250,
    expectedOutputTokens: 300,
    worstOutputTokens: 16_000,
    outputNanosPerMillion: 10_000_000_000,
  }
  const settled: [number, CallEvent][] = [
    [
      atMs,
      {
        type: 'call.admitted',
        callId,
        call,
        quote,
        holdNanos: costNanos * 2,
        holdTokens: 9_000,
        clampedTo: null,
        verdicts: [],
      },
    ],
    [
      atMs + 2_100,
      {
        type: 'call.settled',
        callId,
        closing: {
          usage: {
            ...NO_USAGE,
            uncachedInput: 500,
            cacheRead: 4_500 + turn * 900,
            output: 100 + turn,
            source: 'reported',
          },
          costNanos,
          priced: 'exact',
          priceVersion: 'b',
          responseModel: model,
          responseId: `chatcmpl-${String(n).padStart(29, '0')}`,
          httpStatus: 200,
          ending: 'complete',
          firstByteMs: 400,
        },
      },
    ],
  ]
  return { events: n % REFUSED_EVERY === 0 ? refused : settled, thread, callId }
}
