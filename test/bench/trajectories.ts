/**
 * The loop guard on recorded sessions of real agents: which it would have spoken in, for each number of repeats, by
 * source; which stage it would have come to, and what was burnt by then. `a + b`: a sessions that are stuck, b others.
 *
 *   npx -y tsx test/bench/trajectories.ts                      the measured sessions of this repository
 *   npx -y tsx test/bench/trajectories.ts DIR [--keep FILE]    sessions themselves; --keep writes what was measured, no text
 *
 * DIR holds `<source>/<session>.json`: `{"system": "…", "steps": [{"user": ["…"], "text": "…", "calls": [{"name": "…",
 * "arguments": "…"}], "results": ["…"]}]}`, one step a call of the model.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  judgeSession,
  judgeStages,
  longestStaleRun,
  measureSession,
  medianAnd95,
  type MeasuredStep,
  type RecordedSession,
} from '../support/load/replay-session.ts'
import { isStuck, type MeasuredSession, measuredSessions } from '../fixtures/recorded-sessions/sessions.ts'

const [folder] = process.argv.slice(2).filter((one) => !one.startsWith('--'))
const keep = process.argv.includes('--keep') ? process.argv[process.argv.indexOf('--keep') + 1] : undefined
const sessions = folder === undefined ? measuredSessions() : measureAll(folder)
if (keep !== undefined) writeFileSync(keep, `[\n${sessions.map((session) => JSON.stringify(session)).join(',\n')}\n]\n`)

const REPEATS = [3, 4, 5, 6, 8, 10]
const sources = [...new Set(sessions.map(({ source }) => source))]
const spoken = new Map(
  REPEATS.map((repeats) => [repeats, sessions.filter(({ steps }) => judgeSession(steps, repeats) !== null)]),
)
const ofSource = (some: MeasuredSession[], source: string) => some.filter((session) => session.source === source)
const stuck = sessions.filter(isStuck)
const table = (...rows: (string | number)[][]) =>
  console.log(`\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`)
const dashes = (cells: number) => Array<string>(cells).fill('---')
const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`)

console.log(`${sessions.length} sessions of ${sources.length} sources, ${stuck.length} of them stuck`)
table(
  ['repeats', 'speaks in', 'stuck of these (precision)', 'of all that are stuck (recall)', 'of all others'],
  dashes(5),
  ...REPEATS.map((repeats) => {
    const found = spoken.get(repeats)!
    const right = found.filter(isStuck).length
    return [
      repeats,
      found.length,
      percent(right, found.length),
      percent(right, stuck.length),
      percent(found.length - right, sessions.length - stuck.length),
    ]
  }),
)
table(
  ['source', 'sessions', 'calls', 'stuck', ...REPEATS.map((repeats) => `${repeats} repeats`)],
  dashes(4 + REPEATS.length),
  ...sources.map((source) => {
    const own = ofSource(sessions, source)
    // Stuck sessions that are found, and others that are touched.
    const cells = REPEATS.map((repeats) => {
      const found = ofSource(spoken.get(repeats)!, source)
      const right = found.filter(isStuck).length
      return found.length === 0 ? '' : found.length === right ? `${right}` : `${right} + ${found.length - right}`
    })
    return [
      source,
      own.length,
      own.reduce((sum, { steps }) => sum + steps.length, 0),
      own.filter(isStuck).length || '',
      ...cells,
    ]
  }),
)

const stages = sessions.map((session) => ({
  isStuck: isStuck(session),
  source: session.source,
  ...judgeStages(session.steps, 5),
}))
table(
  ['stage, with five repeats and `"afterUsd": "1%"`', 'stuck sessions', 'all others', 'burnt by then: median', 'p95'],
  dashes(5),
  ...(['warn', 'ask', 'deny'] as const).map((stage) => {
    const [median, high] = medianAnd95(stages.flatMap((one) => (one.isStuck ? (one[stage]?.burntUsd ?? []) : [])))
    const count = (which: boolean) => stages.filter((one) => one.isStuck === which && one[stage]).length
    return [stage, count(true), count(false), `$${median.toFixed(2)}`, `$${high.toFixed(2)}`]
  }),
)
table(
  ['source', 'stuck', 'warned', 'asked', 'refused'],
  dashes(5),
  ...sources
    .map((source) => ({ source, own: stages.filter((one) => one.source === source) }))
    .filter(({ own }) => own.some((one) => one.warn ?? one.ask ?? one.deny))
    .map(({ source, own }) => {
      const cell = (stage: 'warn' | 'ask' | 'deny') => {
        const others = own.filter((one) => !one.isStuck && one[stage]).length
        return `${own.filter((one) => one.isStuck && one[stage]).length}${others > 0 ? ` + ${others}` : ''}`
      }
      return [source, own.filter((one) => one.isStuck).length, cell('warn'), cell('ask'), cell('deny')]
    }),
)

/** The threshold that one half of the sources would choose, judged by the other. */
const halves = [0, 1].map((half) => sessions.filter(({ source }) => sources.indexOf(source) % 2 === half))
table(
  [
    'chosen on',
    'least repeats that touch at most 0.5 % of its others',
    'on the other half: stuck found',
    'others touched',
  ],
  dashes(4),
  ...halves.map((fit, half) => {
    const touched = (some: MeasuredSession[], repeats: number) =>
      spoken.get(repeats)!.filter((session) => some.includes(session) && !isStuck(session)).length
    const others = (some: MeasuredSession[]) => some.filter((session) => !isStuck(session)).length
    const chosen = REPEATS.find((repeats) => touched(fit, repeats) <= others(fit) * 0.005) ?? 10
    const held = halves[1 - half]!
    const right = spoken.get(chosen)!.filter((session) => held.includes(session) && isStuck(session)).length
    return [
      half === 0 ? 'every other source, from the first on' : 'the rest',
      chosen,
      `${right} of ${held.filter(isStuck).length}`,
      `${touched(held, chosen)} of ${others(held)}`,
    ]
  }),
)
console.log()
for (const { source, session, steps } of sessions) {
  const found = judgeSession(steps, 5)
  const run = longestStaleRun(steps)
  if (found || run >= 8)
    console.log(
      `${source}, ${session}: ${found ? `spoken at call ${found.at} of ${steps.length}` : 'not spoken'}, longest run ${run}`,
    )
}

function measureAll(all: string): MeasuredSession[] {
  const folders = readdirSync(all, { withFileTypes: true }).filter((one) => one.isDirectory() || one.isSymbolicLink())
  return folders.flatMap(({ name: source }) =>
    readdirSync(path.join(all, source))
      .filter((file) => file.endsWith('.json'))
      .map((file, index): MeasuredSession => {
        const session = JSON.parse(readFileSync(path.join(all, source, file), 'utf8')) as RecordedSession
        const steps: MeasuredStep[] = measureSession(session)
        return { source, session: keep === undefined ? file : index + 1, steps }
      }),
  )
}
