/**
 * All guards together on one call, with 10,000 recent calls in memory: an agent with a long history among many others.
 *
 *   npx -y tsx test/bench/guards.ts
 */
import { rulesInForce } from '../../main/core/policy/document/rules-in-force.ts'
import { decide } from '../../main/core/policy/decision/decide.ts'
import { parseRules } from '../../main/core/policy/document/parse-policy.ts'
import { createWorld } from '../support/load/agent-calls.ts'

const { rules, errors } = parseRules([
  { id: 'one', guard: 'call-cap', limitUsd: '1.00' },
  { id: 'ctx', guard: 'context-cap', limitTokens: 200_000 },
  { id: 'chat', guard: 'conversation-cap', limitTurns: 200 },
  { id: 'loop', guard: 'loop', within: '1 day' },
  { id: 'storm', guard: 'retry-storm', within: '1 day' },
  { id: 'fan', guard: 'fan-out', limitParallel: 1_000_000 },
  { id: 'miss', guard: 'cache-miss-streak' },
  { id: 'gone', guard: 'orphan' },
  { id: 'night', guard: 'quiet-hours', from: '03:00', to: '03:01' },
  { id: 'models', guard: 'model-access', deny: ['*-pro'] },
  { id: 'hosts', guard: 'provider-access', allow: ['openai'] },
])
if (errors.length > 0) throw new Error(JSON.stringify(errors))
const inForce = rulesInForce(null, { rules: [], timezone: 'UTC' }, 'UTC')

const world = createWorld()
const SESSIONS = 10
for (let n = 0; n < 10_000; n += 1) {
  const session = `s${n % SESSIONS}`
  // One session has a thread of a thousand turns and fails now and then; a few calls stay open.
  const lines = [
    'system: you are an agent',
    'user: refactor',
    `assistant!edit {"file":"f${n}.ts"}`,
    `tool: ok ${'x'.repeat(n % 7)}`,
  ]
  if (n % 500 === 0) world.running(lines, { session, pid: n % SESSIONS })
  else
    world.answered(
      lines,
      { session, pid: n % SESSIONS },
      { httpStatus: n % 50 === 0 ? 503 : 200, contextTokens: 50_000, cacheReadTokens: 100 },
    )
  world.pass(5 - 1_000)
}
const facts = world.next(
  ['system: you are an agent', 'user: refactor', 'assistant!edit {"file":"last.ts"}', 'tool: ok'],
  { session: 's1', pid: 1 },
)
const times: number[] = []
for (let round = 0; round < 2_000; round += 1) {
  const began = performance.now()
  decide({
    ...inForce,
    rules,
    call: facts.call,
    quote: facts.quote,
    budgets: [],
    nowMs: world.nowMs,
    recent: world.recent,
    workload: facts.workload,
    settledRules: new Set(),
  })
  times.push(performance.now() - began)
}
times.sort((a, b) => a - b)
console.log(
  `${rules.length} guards, ${world.recent.size} recent calls: median ${times[1_000]?.toFixed(3)} ms, p99 ${times[1_980]?.toFixed(3)} ms`,
)
console.log(`heap ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB`)
