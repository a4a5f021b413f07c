/**
 * The cap under a crowd: callers × (stream, plain) × (with, without a maximum) against a far end that is unkind in its
 * chunk sizes, its delays and its slowness to stop. Prints the far end's own tally, and the wall time of as many calls
 * by the same callers without a cap.
 *
 *   SCALE=1 npx -y tsx test/bench/cap-matrix.ts [callers…] [hidden] [input] [chat|responses|messages|gemini]
 *
 * SCALE: latencies are 0.05–20 s times this. `hidden`: a model that bills up to 1,500 tokens of reasoning that it never
 * shows. `input`: prompts of 2,000 words, billed 15 % above a fair count.
 */
import { runLoad } from '../support/load/cap-load.ts'
import { LOAD_APIS, type LoadApi, type LoadApiName } from '../support/load/load-apis.ts'
import { startHarness } from '../support/gateway/gateway-harness.ts'
import { ONE_DOLLAR, unkind } from '../support/providers/unkind.ts'

const scale = Number(process.env.SCALE ?? 1)
const counts = process.argv.slice(2).map(Number).filter(Boolean)
const hidden = process.argv.includes('hidden')
const heavy = process.argv.includes('input')
const apiName = (Object.keys(LOAD_APIS).find((name) => process.argv.includes(name)) ?? 'chat') as LoadApiName
const api: LoadApi = LOAD_APIS[apiName]
const model = hidden ? api.reasoningModel : api.model
const rates = api.rates[model]!

for (const callers of counts.length > 0 ? counts : [1, 10, 50, 200]) {
  for (const stream of [false, true]) {
    for (const maxOutputTokens of [null, 2_500]) {
      const seed = callers * 7 + (stream ? 3 : 0) + (maxOutputTokens ? 1 : 0)
      const load = {
        api: apiName,
        callers,
        stream,
        maxOutputTokens,
        model,
        callsPerCaller: 1_000,
        promptWords: heavy ? 2_000 : 0,
      }
      const behaviour = () => unkind({ seed, scale, hidden, inputFactor: heavy ? 1.15 : 1 })
      const harness = await startHarness({ behaviour: behaviour(), rules: [ONE_DOLLAR] })
      const capped = await runLoad({ ...load, proxy: harness.url })
      const billed = harness.fake.bill(rates) / 1e9
      const booked = harness.calls().reduce((sum, call) => sum + Number(call.costUsd ?? 0), 0)
      const waited = harness
        .calls()
        .filter((call) => call.state === 'refused' && (call.durationMs ?? 0) >= 60_000).length
      await harness.stop()

      const free = await startHarness({ behaviour: behaviour() })
      const uncapped = await runLoad({
        ...load,
        proxy: free.url,
        totalCalls: capped.answered + capped.cut,
      })
      await free.stop()
      console.log(
        `${String(callers).padStart(3)} callers ${stream ? 'stream' : 'plain '} max ${String(maxOutputTokens ?? '–').padStart(4)}: ` +
          `billed $${billed.toFixed(4)} booked $${booked.toFixed(4)} answered ${capped.answered} cut ${capped.cut} refused ${capped.refused} ` +
          `(after a minute's wait ${waited}) broken ${capped.broken} wall ${seconds(capped.wallMs)}, without a cap ${seconds(uncapped.wallMs)}: ` +
          `ratio ${(capped.wallMs / uncapped.wallMs).toFixed(2)}`,
      )
    }
  }
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`
}
