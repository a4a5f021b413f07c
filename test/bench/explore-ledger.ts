import type { Database } from '../../main/ledger/store/sqlite.ts'

const KINDS = ['prompt', 'tool-loop', 'tool-loop', 'tool-loop', 'auxiliary'] as const
const MODELS = ['gpt-5', 'gpt-5-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'] as const
const AGENTS = ['codex', 'claude-code', 'opencode', null] as const
/** Calls of one conversation: an afternoon of an agent. */
const TURNS = 60

export interface GeneratedLedger {
  lastCall: string
  lastConversation: string
}

/** Fills a ledger with calls over some days, spread as work is: conversations side by side, several projects, models and kinds. */
export function generateLedger(database: Database, calls: number, days: number, endMs: number): GeneratedLedger {
  const insertDimensions = database.prepare('INSERT INTO dimensions (id, body) VALUES (?, ?)')
  const insertCall = database.prepare(
    "INSERT INTO call (id, seq, state, started_ms, admitted_ms, dimensions_id, cost_nanos, ceiling_nanos, tokens, record) VALUES (?, ?, 'settled', ?, ?, ?, ?, 0, ?, ?)",
  )
  const insertRollup = database.prepare(
    `INSERT INTO rollup VALUES (?, ?, 1, 0, ?, 0, ?, ?, 0, 0, 100, 0, 0, 0, 0, 0, 0)
     ON CONFLICT (bucket_ms, dimensions_id) DO UPDATE SET calls = calls + 1, cost_nanos = cost_nanos + excluded.cost_nanos,
       uncached_input = uncached_input + excluded.uncached_input, cache_read = cache_read + excluded.cache_read`,
  )
  // Straight into the tables: a million transactions would measure the disk.
  database.exec('PRAGMA synchronous = OFF; BEGIN')
  const ids = new Map<string, number>()
  const dimensionsOf = (body: string): number => {
    const id = ids.get(body) ?? ids.size + 1
    if (!ids.has(body)) insertDimensions.run(id, body)
    ids.set(body, id)
    return id
  }
  const startMs = endMs - days * 86_400_000
  let lastCall = ''
  let lastConversation = ''
  for (let n = 0; n < calls; n += 1) {
    const atMs = Math.floor(startMs + (n / calls) * days * 86_400_000)
    // Six conversations run at a time.
    const thread = Math.floor(n / (6 * TURNS)) * 6 + (n % 6)
    const turn = Math.floor((n % (6 * TURNS)) / 6)
    const kind = KINDS[turn % KINDS.length]!
    const values: Record<string, string> = {
      developer: 'ada@acme.dev',
      project: `project-${thread % 12}`,
      branch: `feature-${thread % 5}`,
      process: `node agent-${thread % 4}.js`,
      environment: thread % 9 === 0 ? 'test' : 'dev',
      provider: ['openai', 'openai', 'anthropic', 'google'][thread % 4]!,
      model: MODELS[thread % 4]!,
      kind,
      session: `s${thread}`,
      conversation: `c_${thread}`,
    }
    const agent = AGENTS[thread % 4]
    if (agent) values['agent'] = agent
    const id = dimensionsOf(JSON.stringify({ billing: 'metered', values }))
    const nanos = (1 + turn) * 400_000 + (thread % 97) * 10_000
    lastCall = `call${n}`
    lastConversation = `c_${thread}`
    insertCall.run(
      lastCall,
      n,
      atMs,
      atMs,
      id,
      nanos,
      5_100,
      JSON.stringify(recordOf(lastCall, n, atMs, turn, nanos, values)),
    )
    insertRollup.run(Math.floor(atMs / 900_000) * 900_000, id, nanos, 500, 4_500)
  }
  database.exec('COMMIT; ANALYZE')
  return { lastCall, lastConversation }
}

function recordOf(id: string, seq: number, atMs: number, turn: number, nanos: number, values: Record<string, string>) {
  return {
    schema: 1,
    id,
    seq,
    state: 'settled',
    startedAt: new Date(atMs).toISOString(),
    endedAt: new Date(atMs + 1_000).toISOString(),
    durationMs: 1_000,
    firstByteMs: 100,
    provider: values['provider'],
    api: 'chat.completions',
    requestModel: values['model'],
    responseModel: values['model'],
    responseId: null,
    stream: true,
    kind: values['kind'],
    billing: 'metered',
    attribution: {
      developer: values['developer'],
      project: values['project'],
      branch: values['branch'],
      session: values['session'],
      agent: values['agent'] ?? null,
      parentAgent: null,
      process: { pid: 1, command: values['process'], cwd: '/repo/web', parents: ['zsh'] },
      environment: values['environment'],
      keyFingerprint: null,
      tags: {},
      source: {},
    },
    conversation: values['conversation'],
    attempt: 1,
    step: { tools: ['edit'], mark: `m${turn}` },
    contextTokens: 5_000,
    contextWindow: 400_000,
    usage: {
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
    },
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
