/**
 * The cap under a crowd: callers × (stream, plain) × (with, without a maximum) against a far end that is unkind in its
 * chunk sizes, its hidden reasoning, its delays and its slowness to stop. Prints the far end's own tally.
 *
 *   npx tsx test/bench/cap-matrix.ts [callers…]
 */
import { startHarness } from '../support/gateway-harness.ts'
import { runLoad } from '../support/cap-load.ts'
import type { FakeBehaviour } from '../support/fake-provider.ts'

const RATES = { input: 2_500_000_000, output: 10_000_000_000 } // gpt-4o: $2.50 and $10.00 per million
const scale = Number(process.env.SCALE ?? 1)

function unkind(seed: number): Partial<FakeBehaviour> {
  let state = seed
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
  return {
    outputTokens: () => 200 + Math.floor(random() * 1_800),
    chunkTokens: () => 1 + Math.floor(random() * 400),
    hiddenTokens: () => 0,
    latencyMs: () => (50 + random() ** 3 * 19_950) * scale,
    afterAbortMs: 250,
  }
}

const counts = process.argv.slice(2).map(Number).filter(Boolean)
for (const callers of counts.length > 0 ? counts : [1, 10, 50, 200]) {
  for (const stream of [false, true]) {
    for (const maxOutputTokens of [null, 2_500]) {
      const harness = await startHarness({
        behaviour: unkind(callers * 7 + (stream ? 3 : 0) + (maxOutputTokens ? 1 : 0)),
        rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }],
      })
      const outcome = await runLoad({ baseUrl: `${harness.url}/openai/v1`, callers, stream, maxOutputTokens, model: 'gpt-4o', callsPerCaller: 1_000 })
      const billed = harness.fake.bill(RATES) / 1e9
      const booked = harness.calls().reduce((sum, call) => sum + Number(call.costUsd ?? 0), 0)
      console.log(
        `${String(callers).padStart(3)} callers ${stream ? 'stream' : 'plain '} max ${String(maxOutputTokens ?? '–').padStart(4)}: billed $${billed.toFixed(4)} booked $${booked.toFixed(4)} calls ${harness.fake.records.length} answered ${outcome.answered} refused ${outcome.refused} cut ${outcome.cut} broken ${outcome.broken} wall ${(outcome.wallMs / 1000).toFixed(1)} s`,
      )
      await harness.stop()
    }
  }
}
