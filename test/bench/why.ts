/**
 * `why` on a ledger of a million calls: the steepest rise, and one call of a long conversation.
 *
 *   npx -y tsx test/bench/why.ts [calls]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { explainSpend } from '../../main/control/views/why.ts'
import { SqliteStore } from '../../main/ledger/store/sqlite-store.ts'

const CALLS = Number(process.argv[2] ?? 1_000_000)
const DAYS = 30
const home = mkdtempSync(path.join(tmpdir(), 'allowance-bench-'))
const store = new SqliteStore(path.join(home, 'ledger.sqlite'))
const { database } = store
const endMs = Date.now()
const startMs = endMs - DAYS * 86_400_000
const stepMs = (DAYS * 86_400_000) / CALLS

// Straight into the tables: a million transactions would measure the disk.
database.exec('PRAGMA synchronous = OFF; BEGIN')
const insertDimensions = database.prepare('INSERT INTO dimensions (id, body) VALUES (?, ?)')
const insertCall = database.prepare(
  "INSERT INTO call (id, seq, state, started_ms, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, record) VALUES (?, ?, 'settled', ?, ?, ?, ?, 0, ?, ?)",
)
const insertRollup = database.prepare(
  `INSERT INTO rollup VALUES (?, ?, 1, 0, ?, 0, ?, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0)
   ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET calls = calls + 1, cost_nanos = cost_nanos + excluded.cost_nanos, uncached_input = uncached_input + excluded.uncached_input`,
)
let dimensionsId = 0
let conversation = ''
let last = ''
for (let n = 0; n < CALLS; n += 1) {
  const atMs = Math.floor(startMs + n * stepMs)
  const turn = n % 40
  if (turn === 0) {
    dimensionsId += 1
    conversation = `c_${dimensionsId}`
    insertDimensions.run(
      dimensionsId,
      JSON.stringify({
        billing: 'metered',
        values: {
          developer: 'ada',
          project: `p${dimensionsId % 7}`,
          agent: 'codex',
          session: `s${dimensionsId}`,
          model: 'gpt-5',
          kind: 'tool-loop',
          conversation,
        },
      }),
    )
  }
  const spike = atMs > endMs - 3_600_000 && atMs < endMs - 1_800_000
  const nanos = (spike ? 50 : 1) * 5_000_000
  const record = recordOf(`call${n}`, n, atMs, turn, nanos)
  insertCall.run(`call${n}`, n, atMs, atMs, dimensionsId, nanos, 5_100, JSON.stringify(record))
  insertRollup.run(Math.floor(atMs / 900_000) * 900_000, dimensionsId, nanos, 5_000)
  last = `call${n}`
}
database.exec('COMMIT')

for (const [name, question] of [
  ['steepest rise of a day', {}],
  ['steepest rise of 30 days', { since: '30d' }],
  ['one call', { callId: last }],
] as const) {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    explainSpend(database, question, 'UTC', endMs)
    return performance.now() - began
  })
  console.log(
    `${name}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms (${explainSpend(database, question, 'UTC', endMs).sentence})`,
  )
}
store.close()
rmSync(home, { recursive: true, force: true })

function recordOf(id: string, seq: number, atMs: number, turn: number, nanos: number) {
  const usage = {
    uncachedInput: 500,
    cacheRead: 4_500,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: 100,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    imageInput: 0,
    imageOutput: 0,
    source: 'reported',
  }
  const attribution = {
    developer: 'ada',
    project: 'web',
    branch: 'main',
    session: `s${dimensionsId}`,
    agent: 'codex',
    parentAgent: null,
    process: { pid: 1, command: 'node agent.js', cwd: '/repo/web', parents: ['zsh'] },
    environment: 'dev',
    keyFingerprint: 'k_x',
    tags: {},
    source: {},
  }
  return {
    schema: 1,
    id,
    seq,
    state: 'settled',
    startedAt: new Date(atMs).toISOString(),
    endedAt: new Date(atMs + 1_000).toISOString(),
    durationMs: 1_000,
    firstByteMs: 100,
    provider: 'openai',
    api: 'chat.completions',
    requestModel: 'gpt-5',
    responseModel: 'gpt-5',
    responseId: null,
    stream: true,
    kind: 'tool-loop',
    billing: 'metered',
    attribution,
    conversation,
    attempt: 1,
    step: { tools: ['edit'], mark: `m${turn}` },
    contextTokens: 5_000,
    contextWindow: 400_000,
    usage,
    costUsd: (nanos / 1e9).toFixed(9),
    heldUsd: '0',
    clampedTo: null,
    priced: 'exact',
    priceVersion: 'b',
    httpStatus: 200,
    ending: 'complete',
    refusal: null,
    verdicts: [],
  }
}
