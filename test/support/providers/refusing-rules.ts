import type { RefusalCode } from '../../../shared/calls/verdict.ts'

/** How a guard is brought to refuse a call. */
export interface RefusingRule {
  /** The rule's own options. */
  options: Record<string, unknown>
  code: RefusalCode
  status: number
  /** The same call, made so many times before it in its session. */
  before?: number
  /** Those that come before it fail. */
  fails?: boolean
  /** A stream of its session goes on beside it. */
  lingers?: boolean
  /** Its process has lost its terminal. */
  isOrphan?: boolean
}

/** For every guard of the registry. What uses them says so when one has no row. */
const ROWS: Record<string, Omit<RefusingRule, 'status'> & { status?: number }> = {
  'spend-cap': { options: { limitUsd: '0.0000001', per: 'day' }, code: 'cap-reached' },
  'token-cap': { options: { limitTokens: 1, per: 'day' }, code: 'cap-reached' },
  'rate-limit': {
    options: { limitCalls: 1, each: 'session' },
    code: 'rate-limited',
    status: 429,
    before: 1,
  },
  'token-rate': {
    options: { limitTokens: 1, each: 'session' },
    code: 'rate-limited',
    status: 429,
    before: 1,
  },
  'spend-rate': { options: { limitUsd: '0.0000001', per: '10 minutes' }, code: 'cap-reached' },
  'call-cap': { options: { limitUsd: '0.0000001' }, code: 'call-cap' },
  'context-cap': { options: { limitTokens: 10 }, code: 'context-too-large', status: 400 },
  'conversation-cap': { options: { limitTurns: 1 }, code: 'conversation-limit', before: 1 },
  loop: { options: { repeats: 2 }, code: 'loop-detected', before: 2 },
  'retry-storm': { options: { repeats: 2 }, code: 'retry-storm', before: 2, fails: true },
  'fan-out': { options: { limitParallel: 1 }, code: 'fan-out', lingers: true },
  'cache-miss-streak': { options: { repeats: 2, minTokens: 20 }, code: 'cache-miss-streak', before: 2 },
  orphan: { options: { after: '0.2 seconds' }, code: 'orphan', isOrphan: true },
  'quiet-hours': { options: { from: '00:00', to: '00:00' }, code: 'quiet-hours' },
  'model-access': { options: { deny: ['*'] }, code: 'model-not-allowed' },
  'provider-access': { options: { deny: ['*'] }, code: 'provider-not-allowed' },
}

export const REFUSING_RULES: Readonly<Record<string, RefusingRule>> = Object.fromEntries(
  Object.entries(ROWS).map(([guard, row]) => [guard, { status: 402, ...row }]),
)

/** One policy of them all: each is held to the sessions `<guard>.…`, and has its guard's name as its id. */
export function refusingPolicy(ratePer: string): Record<string, unknown>[] {
  return Object.entries(REFUSING_RULES).map(([guard, { options, code }]) => ({
    id: guard,
    guard,
    scope: { session: `${guard}.*` },
    ...options,
    ...(code === 'rate-limited' ? { per: ratePer } : {}),
  }))
}

/** The prompt of a stream that goes on. */
export const LINGER = 'linger'

/** How a far end takes the calls of these sessions, whose prompts begin with the session's name. */
export const farEnd = {
  latencyMs: ({ texts }: { texts: readonly string[] }) => (texts[0] === LINGER ? 600_000 : 1),
  fail: ({ texts }: { texts: readonly string[] }) => {
    const [guard = ''] = (texts[0] ?? '').split('.')
    return REFUSING_RULES[guard]?.fails ? { status: 503, body: { error: { message: 'overloaded' } } } : null
  },
}

/** The leader of a session starts a command and ends at once, as a terminal does that is closed. Give it a session of its own. */
export const ORPHANED = ['sh', '-c', '"$@" & exit 0', 'sh']
