import { createDice } from '../../fixtures/traces/dice.ts'
import type { TraceKind, TraceRequest, Turn } from '../../fixtures/traces/trace.ts'
import { type Harness, startHarness } from '../gateway/gateway-harness.ts'

/** Rules as a careful policy has them; nothing is tuned to a trace. */
const RULES = [
  { id: 'burst', guard: 'spend-rate', limitUsd: '2.00', per: '10 minutes', action: 'ask' },
  { id: 'loop', guard: 'loop', action: 'ask' },
  { id: 'storm', guard: 'retry-storm' },
  { id: 'fan', guard: 'fan-out', limitParallel: 12 },
  { id: 'miss', guard: 'cache-miss-streak', action: 'warn' },
]

export interface Played {
  /** The request at which a guard stopped it, from 0; null when none did. */
  stoppedAt: number | null
  by: string | null
  /** Complete repetitions that the provider was paid for, or that the agent made, before the stop. */
  repetitions: number | null
  spentUsd: number
}

/** A gateway with a clock that can be put forward, so that an agent's night passes in a moment. */
export interface TraceStage {
  play(kind: TraceKind, seed: number): Promise<Played>
  stop(): Promise<void>
}

export async function startStage(): Promise<TraceStage> {
  let skippedMs = 0
  let failing: number | null = null
  const harness = await startHarness({
    rules: RULES,
    clock: () => Date.now() + skippedMs,
    behaviour: {
      latencyMs: () => 1,
      outputTokens: () => 30,
      fail: () => (failing === null ? null : { status: failing, body: { error: { message: 'overloaded' } } }),
    },
  })
  let played = 0
  return {
    stop: () => harness.stop(),
    async play(kind, seed) {
      played += 1
      // Long after everything before it: no trace sees another.
      skippedMs += 60 * 60_000
      const dice = createDice(seed)
      const dialect = dice.pick(['chat', 'anthropic'] as const)
      const tags = dice.roll() < 0.5 ? `/@session=t${played},agent=codex` : `/@agent=a${played}`
      const requests = kind.play(dice)
      const spentBefore = spentOf(harness)
      for (let index = 0; index < requests.length; ) {
        const wave = waveFrom(requests, index)
        skippedMs += wave[0]?.gapMs ?? 0
        failing = wave[0]?.fails ?? null
        const codes = await Promise.all(wave.map((request) => send(harness.url + tags, dialect, request)))
        const at = codes.findIndex((code) => code !== null)
        if (at >= 0)
          return {
            stoppedAt: index + at,
            by: codes[at] ?? null,
            repetitions: repetitionsOf(kind, index + at),
            spentUsd: spentOf(harness) - spentBefore,
          }
        index += wave.length
      }
      return { stoppedAt: null, by: null, repetitions: null, spentUsd: spentOf(harness) - spentBefore }
    },
  }
}

/** A request that reports the n-th repetition is stopped after n of them. */
function repetitionsOf({ label, warmUp = 0, period = 1 }: TraceKind, at: number): number | null {
  return label === 'loop' ? Math.floor((at + 1 - warmUp) / period) : null
}

function waveFrom(requests: readonly TraceRequest[], index: number): TraceRequest[] {
  const first = requests[index]
  if (first?.wave === undefined) return requests.slice(index, index + 1)
  const wave = requests.slice(index)
  const end = wave.findIndex((request) => request.wave !== first.wave)
  return end < 0 ? wave : wave.slice(0, end)
}

function spentOf({ gateway }: Harness): number {
  const row = gateway.books.ledger.store.database
    .prepare('SELECT coalesce(sum(cost_nanos), 0) AS nanos FROM rollup')
    .get() as { nanos: number }
  return row.nanos / 1e9
}

/** The code of our refusal; null when the call went on, or the provider itself failed it. */
async function send(base: string, dialect: 'chat' | 'anthropic', { turns }: TraceRequest): Promise<string | null> {
  const url = dialect === 'chat' ? `${base}/openai/v1/chat/completions` : `${base}/anthropic/v1/messages`
  const body =
    dialect === 'chat'
      ? { model: 'gpt-5', messages: chatMessages(turns) }
      : { model: 'claude-sonnet-4-5', max_tokens: 1_000, ...anthropicMessages(turns) }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer k', 'x-api-key': 'k' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { allowance?: { code: string } }; allowance?: { code: string } }
  return answer.error?.allowance?.code ?? answer.allowance?.code ?? null
}

function chatMessages(turns: readonly Turn[]): unknown[] {
  return turns.map((turn, index) => {
    if (turn.role === 'call')
      return {
        role: 'assistant',
        content: turn.text,
        tool_calls: [
          {
            id: `call_${index}`,
            type: 'function',
            function: { name: turn.tool, arguments: JSON.stringify(turn.args) },
          },
        ],
      }
    if (turn.role === 'answer') return { role: 'tool', tool_call_id: `call_${index - 1}`, content: turn.text }
    return { role: turn.role, content: turn.text }
  })
}

function anthropicMessages(turns: readonly Turn[]): Record<string, unknown> {
  return {
    system: turns
      .filter(({ role }) => role === 'system')
      .map(({ text }) => text)
      .join('\n'),
    messages: turns.flatMap((turn, index): unknown[] => {
      if (turn.role === 'system') return []
      if (turn.role === 'call')
        return [
          {
            role: 'assistant',
            content: [
              ...(turn.text ? [{ type: 'text', text: turn.text }] : []),
              { type: 'tool_use', id: `toolu_${index}`, name: turn.tool, input: turn.args },
            ],
          },
        ]
      if (turn.role === 'answer')
        return [
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_${index - 1}`, content: turn.text }] },
        ]
      return [{ role: turn.role, content: turn.text }]
    }),
  }
}
