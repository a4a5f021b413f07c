/**
 * Scripted agents through the gateway, honest ones and loops of each kind: who is stopped, when, and what it cost.
 *
 *   npx -y tsx test/bench/traces.ts [seeds=20] [first seed=1]
 */
import { HONEST } from '../fixtures/traces/honest.ts'
import { LOOPS } from '../fixtures/traces/loops.ts'
import { type Played, startStage } from '../support/load/play-trace.ts'

const seeds = Number(process.argv[2] ?? 20)
const first = Number(process.argv[3] ?? 1)
const stage = await startStage()
let trueStops = 0
let falseStops = 0
let missed = 0
let late = 0
for (const kind of [...LOOPS, ...HONEST]) {
  const results: Played[] = []
  for (let seed = first; seed < first + seeds; seed += 1)
    results.push(await stage.play(kind, seed * 1_000 + kind.name.length))
  const stopped = results.filter(({ stoppedAt }) => stoppedAt !== null)
  const worst = Math.max(0, ...stopped.map(({ repetitions }) => repetitions ?? 0))
  const dollars = results.map(({ spentUsd }) => spentUsd).sort((a, b) => a - b)
  if (kind.label === 'loop') {
    trueStops += stopped.length
    missed += results.length - stopped.length
    late += stopped.filter(({ repetitions }) => (repetitions ?? 0) > 6).length
  } else falseStops += stopped.length
  const by = [...new Set(stopped.map((result) => result.by))].join(', ')
  console.log(
    `${kind.label.padEnd(6)} ${kind.name.padEnd(42)} stopped ${String(stopped.length).padStart(3)}/${results.length}` +
      (kind.label === 'loop' ? `  at repetition ≤ ${worst}` : '').padEnd(22) +
      ` $ ${dollars[Math.floor(dollars.length / 2)]?.toFixed(4)} median, ${dollars.at(-1)?.toFixed(4)} most  ${by}`,
  )
}
const precision = trueStops / Math.max(1, trueStops + falseStops)
const recall = trueStops / Math.max(1, trueStops + missed)
console.log(
  `precision ${(precision * 100).toFixed(1)} %, recall ${(recall * 100).toFixed(1)} %, after the 6th repetition ${late}, honest ones stopped ${falseStops}`,
)
await stage.stop()
