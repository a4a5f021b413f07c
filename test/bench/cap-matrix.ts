/**
 * The cap under a crowd: callers × (stream, plain) × (with, without a maximum) against a far end that is unkind in its
 * chunk sizes, its delays and its slowness to stop. Prints the far end's own tally, and the wall time of as many calls
 * by the same callers without a cap.
 *
 *   SCALE=1 npx -y tsx test/bench/cap-matrix.ts [callers…] [cached] [hidden] [input] [stream|plain] [API…]
 *
 * SCALE: latencies are 0.05–20 s times this. APIs are the names in test/support/load/load-apis.ts; `every` is all of
 * them, chat when none is named. `cached`: conversations that grow, with caches that read all, parts or nothing in moods
 * of some calls. `hidden`: a model that bills up to 1,500 tokens of reasoning that it never shows. `input`: prompts of
 * 2,000 words, billed up to 15 % above a fair count.
 */
import { type Crowd, runCrowd, runUncapped } from '../support/load/cap-crowd.ts'
import { LOAD_API_NAMES } from '../support/load/load-apis.ts'

const words = process.argv.slice(2)
const has = (word: string) => words.includes(word)
const scale = Number(process.env.SCALE ?? 1)
const counts = words.map(Number).filter(Boolean)
const named = LOAD_API_NAMES.filter((name) => has('every') || has(name))
const streams = has('stream') ? [true] : has('plain') ? [false] : [false, true]
const LIMIT_USD = 1

let failures = 0
for (const api of named.length > 0 ? named : (['chat'] as const)) {
  for (const callers of counts.length > 0 ? counts : [1, 10, 50, 200]) {
    for (const stream of streams) {
      for (const maxOutputTokens of [null, 2_500]) {
        const crowd: Crowd = {
          api,
          callers,
          stream,
          maxOutputTokens,
          seed: callers * 7 + (stream ? 3 : 0) + (maxOutputTokens ? 1 : 0),
          scale,
          limitUsd: LIMIT_USD,
          hidden: has('hidden'),
          inputFactor: has('input') ? 1.15 : 1,
          promptWords: has('input') || has('cached') ? 2_000 : 0,
          turns: has('cached') ? 10 : 1,
        }
        const { outcome, billedUsd, bookedUsd, leastSpentUsd, waitedInVain } = await runCrowd(crowd)
        const freeMs = await runUncapped(crowd, outcome.answered + outcome.cut)
        const isRight =
          billedUsd <= LIMIT_USD * 1.005 &&
          billedUsd >= LIMIT_USD * 0.97 &&
          (leastSpentUsd ?? LIMIT_USD) >= LIMIT_USD * 0.97
        if (!isRight) failures += 1
        console.log(
          `${isRight ? ' ' : '!'} ${api.padEnd(11)} ${String(callers).padStart(3)} callers ${stream ? 'stream' : 'plain '} max ${String(maxOutputTokens ?? '–').padStart(4)}: ` +
            `billed $${billedUsd.toFixed(4)} booked $${bookedUsd.toFixed(4)} refused from $${leastSpentUsd?.toFixed(4) ?? '–'} ` +
            `answered ${outcome.answered} cut ${outcome.cut} refused ${outcome.refused} (after a minute's wait ${waitedInVain}) broken ${outcome.broken} ` +
            `wall ${seconds(outcome.wallMs)}, without a cap ${seconds(freeMs)}: ratio ${(outcome.wallMs / freeMs).toFixed(2)}`,
        )
      }
    }
  }
}
console.log(failures === 0 ? 'every cell within 0.97–1.005 of the cap' : `${failures} cells are not`)

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`
}
