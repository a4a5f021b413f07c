import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import { explainSpend } from '../../../main/control/views/why.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { createTestView, DAILY } from '../../support/gateway/control-view.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
})

const history = (turns: number): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'user', content: 'make the tests pass' },
  ...Array.from({ length: turns }, (_, turn): OpenAI.ChatCompletionMessageParam[] => [
    {
      role: 'assistant',
      tool_calls: [{ id: `call_${turn}`, type: 'function', function: { name: 'run_tests', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: `call_${turn}`, content: `1 failed in ${turn}.2 s` },
  ]).flat(),
]

test('a loop is traced from the ledger alone, from a call of it and from the rise of spend', async () => {
  harness = await startHarness({ behaviour: { latencyMs: () => 0, inputTokens: () => 5_000 } })
  const client = (session: string) =>
    new OpenAI({ apiKey: 'sk', baseURL: `${harness?.url}/@session=${session},agent=codex,project=web/openai/v1` })
  await client('quiet').chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'hello' }],
  })
  for (let turns = 0; turns < 8; turns += 1)
    await client('loud').chat.completions.create({ model: 'gpt-4o-mini', messages: history(turns) })
  const { database } = harness.gateway.books.ledger.store
  const spike = explainSpend(database, {}, 'UTC', Date.now())
  expect(spike).toMatchObject({
    cause: 'loop',
    attribution: { session: 'loud', agent: 'codex' },
    evidence: { cycle: ['run_tests'], repeats: 7, calls: 8 },
  })
  const last = harness.calls().at(-1)
  expect(explainSpend(database, { callId: last?.id }, 'UTC', Date.now())).toMatchObject({
    cause: 'loop',
    costUsd: last?.costUsd,
  })
  expect(explainSpend(database, { at: new Date().toISOString() }, 'UTC', Date.now()).cause).toBe('loop')
  // Not a word of a prompt, only names of tools and keyed marks.
  expect(JSON.stringify([spike, harness.calls()])).not.toContain('make the tests pass')
})

test('the steepest rise is the quarter-hour that rose most, not the dearest one', async () => {
  const view = await createTestView({ at: '2026-11-23T12:01:00Z' })
  const quarter = (usd: string, session: string) => {
    view.spend(usd, { session })
    view.nowMs += 15 * 60_000
  }
  quarter('1.00', 'a')
  quarter('4.00', 'b')
  quarter('5.00', 'b')
  const { database } = view.books.ledger.store
  const why = explainSpend(database, {}, 'UTC', view.nowMs)
  expect(why).toMatchObject({ from: '2026-11-23T12:15:00.000Z', costUsd: '4.000000000', attribution: { session: 'b' } })
  expect(explainSpend(database, { since: '2026-11-23T12:45Z' }, 'UTC', view.nowMs)).toMatchObject({
    cause: null,
    calls: [],
  })
  expect(() => explainSpend(database, { callId: 'nothing' }, 'UTC', view.nowMs)).toThrow('no call nothing')
  view.close()
})

test('the steepest rise counts each call once, leads to its dearest, and says the same later', async () => {
  const view = await createTestView({ at: '2026-11-23T12:01:00Z' })
  const story: [string, number][] = [
    ['0.10', 1],
    ['0.90', 2],
    ['0.20', 3],
  ]
  const ids = story.map(([usd, minutes]) => {
    view.nowMs += minutes * 60_000
    return view.spend(usd, { session: 's', project: 'web' })
  })
  for (let count = 0; count < 17; count += 1) view.refuse({ session: 's', project: 'web' })
  const { database } = view.books.ledger.store
  const ask = () => explainSpend(database, {}, 'UTC', view.nowMs)
  const first = ask()
  expect(first).toMatchObject({ evidence: { calls: 3, refused: 17, kinds: { prompt: 3 } } })
  expect(first.calls).toEqual([ids[1], ids[2], ids[0]])
  expect(first.sentence).toMatch(/spent \$1\.20 in 3 calls from 12:00 to 12:07 UTC/)
  for (const minutes of [1, 30, 600]) {
    view.nowMs += minutes * 60_000
    expect(ask()).toEqual(first)
  }
  view.close()
})

test('a call refused by a cap is explained by the cap, who spent it, and on what', async () => {
  const view = await createTestView({ policy: { rules: [DAILY] } })
  for (const usd of ['3.00', '4.00']) view.spend(usd, { project: 'api', model: 'gpt-5' })
  view.spend('3.00', { project: 'web' })
  view.nowMs += 60_000
  const callId = view.refuse({ project: 'web' }, { spentUsd: '10.000000000', heldUsd: '0', limitUsd: '10.000000000' })
  const { database } = view.books.ledger.store
  const why = explainSpend(database, { callId }, 'UTC', view.nowMs, view.books.inForce.rules)
  expect(why).toMatchObject({
    cause: 'refused',
    sentence:
      'This call of a program in web was refused: the cap "daily" was reached: $10.00 of $10.00 spent since 00:00 UTC, by a program in api on gpt-5 ($7.00 in 2 calls) and a program in web on gpt-5-mini ($3.00 in 1 call).',
    evidence: { calls: 0, rule: 'daily', spenders: [{ model: 'gpt-5', calls: 2, costUsd: '7.000000000' }, {}] },
  })
  // The rule may be gone by now: its numbers are on the record.
  expect(explainSpend(database, { callId }, 'UTC', view.nowMs, []).sentence).toBe(
    'This call of a program in web was refused: the cap "daily" was reached: $10.00 of $10.00 spent.',
  )
  view.close()
})
