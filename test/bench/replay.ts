import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { NO_ATTRIBUTION } from '../../shared/calls/attribution.ts'
import { NO_USAGE } from '../../shared/calls/usage.ts'
import { replayCalls } from '../../main/control/views/replay-calls.ts'
import { parseRules } from '../../main/core/policy/document/parse-policy.ts'
import { createPriceBook } from '../../main/core/pricing/price-book.ts'
import { openDatabase } from '../../main/ledger/store/sqlite.ts'
import { SqliteStore } from '../../main/ledger/store/sqlite-store.ts'
import { callFacts, closingOf } from '../support/gateway/call-facts.ts'
import { seeded } from '../support/providers/unkind.ts'

/**
 * How long rules are replayed over a month of a hundred thousand calls, and how long a gateway that does it holds its
 * other calls up. `npx -y tsx test/bench/replay.ts [calls]`
 */
const CALLS = Number(process.argv[2] ?? 100_000)
const MONTH_MS = 30 * 86_400_000
const NOW = Date.parse('2026-11-26T12:00:00Z')
const RULES = [
  { id: 'daily', guard: 'spend-cap', limitUsd: 5, per: 'day', warnAt: [0.5, 0.8] },
  { id: 'hour', guard: 'spend-cap', limitUsd: 1, per: 'hour', each: 'project' },
  { id: 'rolling', guard: 'spend-cap', limitUsd: 40, per: '7 days' },
  { id: 'session', guard: 'spend-cap', limitUsd: 2, per: 'day', each: 'session', action: 'ask' },
  { id: 'tokens', guard: 'token-cap', limitTokens: 5_000_000, per: 'day' },
  { id: 'rpm', guard: 'rate-limit', limitCalls: 60, per: 'minute' },
  { id: 'models', guard: 'model-access', deny: ['*-pro'] },
]

const folder = mkdtempSync(path.join(tmpdir(), 'allowance-replay-'))
const file = path.join(folder, 'ledger.sqlite')
fill(file)
const database = openDatabase(file, { readOnly: true })
const { rules } = parseRules(RULES)
let longestMs = 0
let lastMs = performance.now()
const ticking = setInterval(() => {
  longestMs = Math.max(longestMs, performance.now() - lastMs)
  lastMs = performance.now()
}, 0)
for (const [name, few] of [
  ['one cap', rules.slice(0, 1)],
  [`${rules.length} rules`, rules],
] as const) {
  longestMs = 0
  lastMs = performance.now()
  const startedMs = performance.now()
  const replay = await replayCalls(database, {
    rules: few,
    timeZone: 'Europe/Paris',
    sinceMs: NOW - MONTH_MS,
    untilMs: NOW,
    prices: createPriceBook({ policyPrices: [], settingsPrices: [] }),
  })
  const tookMs = performance.now() - startedMs
  console.log(
    `${name}: ${replay.calls} calls in ${(tookMs / 1_000).toFixed(2)} s, other work waits at most ${longestMs.toFixed(0)} ms`,
  )
  console.log(`  ${replay.sentence}`)
}
clearInterval(ticking)
database.close()
rmSync(folder, { recursive: true })

function fill(to: string): void {
  const random = seeded(1)
  const store = new SqliteStore(to)
  const quote = {
    inputTokens: 1_000,
    inputNanos: 1_000,
    expectedOutputTokens: 10,
    worstOutputTokens: 100,
    outputNanosPerMillion: 1_000,
  }
  for (let index = 0; index < CALLS; index += 1) {
    const atMs = NOW - MONTH_MS + Math.floor((index / CALLS) * MONTH_MS)
    const callId = `call-${index}`
    const call = callFacts(callId, atMs, {
      attribution: {
        ...NO_ATTRIBUTION,
        developer: 'ada@acme.dev',
        project: ['web', 'api', 'tools'][index % 3] ?? null,
        session: `session-${Math.floor(index / 200)}`,
        agent: 'codex',
        process: { pid: 4_242, command: 'node agent.js', cwd: '/home/ada/web', parents: ['codex', 'zsh', 'tmux'] },
      },
      conversation: `conversation-${Math.floor(index / 40)}`,
    })
    const usage = { ...NO_USAGE, uncachedInput: 2_000, cacheRead: 20_000, output: 400 }
    store.stage(atMs, {
      type: 'call.admitted',
      callId,
      call,
      quote,
      holdNanos: 1,
      holdTokens: 1,
      clampedTo: null,
      verdicts: [],
    })
    const closing = closingOf(Math.floor(random() * 20_000_000), { usage })
    store.stage(atMs + 3_000, { type: 'call.settled', callId, closing })
    store.commit()
  }
  store.close()
}
