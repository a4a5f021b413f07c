import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/calls/call.ts'
import { exactUsd, parseUsd } from '../../shared/values/money.ts'
import { findCalls } from '../../main/ledger/queries/call-queries.ts'
import { openDatabase } from '../../main/ledger/store/sqlite.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { callUntilBroken, type Receipt } from '../support/load/receipt-load.ts'
import { seeded } from '../support/providers/unkind.ts'

/**
 * `kill -9` at random moments under load. What is believed is what the clients saw and what the far end made; the
 * ledger is what is judged. `KILL_ROUNDS=50 npx vitest run test/crash` for the long version.
 */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 4)
const random = seeded(Number(process.env.KILL_SEED ?? 7))

let home: string
let fake: FakeProvider
let env: Record<string, string>

beforeAll(async () => {
  buildProgram()
  home = mkdtempSync(path.join(tmpdir(), 'allowance-kill-'))
  const policy = path.join(home, 'policy.json')
  const rules = [
    { id: 'daily', guard: 'spend-cap', limitUsd: '100.00', per: 'day' },
    // So narrow that calls of a session wait for each other.
    { id: 'session', guard: 'spend-cap', limitUsd: '0.10', per: 'day', each: 'session' },
  ]
  writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
  fake = new FakeProvider({
    outputTokens: () => 20 + Math.floor(random() * 400),
    chunkTokens: () => 1 + Math.floor(random() * 20),
    latencyMs: () => 20 + random() * 250,
  })
  env = { ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: await fake.start() }), ALLOWANCE_POLICY: policy }
}, 60_000)

afterAll(async () => {
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
})

test(
  `every receipt is in the books and nothing stays open, ${ROUNDS} times`,
  async () => {
    const receipts: Receipt[] = []
    let gateway: GatewayProgram = await startGatewayProgram(home, env)
    for (let round = 1; round <= ROUNDS; round += 1) {
      let chunksLeft = 1 + Math.floor(random() ** 2 * 600)
      let killed: Promise<void> | null = null
      const killAtLast = () => {
        chunksLeft -= 1
        if (chunksLeft === 0) killed = gateway.kill()
      }
      const wide = callUntilBroken(`${gateway.proxy}/openai/v1`, 16, killAtLast)
      const narrow = callUntilBroken(`${gateway.proxy}/@session=round-${round}/openai/v1`, 8, killAtLast)
      receipts.push(...(await wide), ...(await narrow))
      await (killed as Promise<void> | null)
      gateway = await startGatewayProgram(home, env)
      judge(readBooks(home), receipts, `round ${round}`)
    }
    // The day is not locked: the narrow session of a new round has all its money.
    const last = await callUntilBroken(`${gateway.proxy}/@session=last/openai/v1`, 1, () => {})
    expect(last.filter((receipt) => receipt.complete && !receipt.refused).length).toBeGreaterThan(5)
    await gateway.stop()
  },
  20_000 + ROUNDS * 15_000,
)

function readBooks(from: string): CallRecord[] {
  const database = openDatabase(homePaths(from).ledger, { readOnly: true })
  try {
    return findCalls(database, { limit: 1_000_000 })
  } finally {
    database.close()
  }
}

function judge(records: CallRecord[], receipts: readonly Receipt[], when: string): void {
  const byAnswer = new Map(records.map((record) => [record.responseId, record]))
  for (const { answerId, complete, refused, cut } of receipts) {
    // What a stream cost that we ended is an estimate: the far end told nobody.
    if (!complete || refused || cut) continue
    const made = fake.records.find((record) => record.id === answerId)
    expect(made, `${when}: ${answerId} was made`).toBeDefined()
    // $2.50 and $10.00 per million: 2,500 and 10,000 nano-dollars a token.
    const costUsd = exactUsd(made!.inputTokens * 2_500 + made!.outputTokens * 10_000)
    expect(byAnswer.get(answerId), `${when}: ${answerId} reached its client`).toMatchObject({
      state: 'settled',
      costUsd,
    })
  }
  const unfinished = records.filter(({ state }) => state === 'open' || state === 'waiting' || state === 'asked')
  expect(unfinished, `${when}: nothing is open or waits for ever`).toEqual([])
  // Whatever reached the far end is charged, the cut-off ones at their evidence: more than nothing, no more than held.
  const charged = records.filter(({ state }) => state === 'settled' || state === 'expired')
  expect(charged.length, `${when}: nothing that was made is missing`).toBeGreaterThanOrEqual(fake.records.length)
  for (const { state, costUsd, heldUsd, ending } of charged) {
    if (state !== 'expired') continue
    expect(ending).toBe('crashed')
    expect(parseUsd(costUsd!)).toBeGreaterThan(0)
    expect(parseUsd(costUsd!)).toBeLessThanOrEqual(parseUsd(heldUsd)!)
  }
  const bookedNanos = charged.reduce((sum, { costUsd }) => sum + parseUsd(costUsd!)!, 0)
  const billedNanos = fake.bill({ input: 2_500_000_000, output: 10_000_000_000 })
  const expired = charged.filter(({ state }) => state === 'expired').length
  expect(bookedNanos, `${when}: no charges that nobody made`).toBeLessThanOrEqual(
    billedNanos + expired * 1_100 * 10_000,
  )
}
