/**
 * The loop guard on recorded sessions of real agents: which it would have spoken in, for each number of repeats.
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
  longestStaleRun,
  measureSession,
  type MeasuredStep,
  type RecordedSession,
} from '../support/load/replay-session.ts'
import { type MeasuredSession, measuredSessions } from '../fixtures/recorded-sessions/sessions.ts'

const [folder] = process.argv.slice(2).filter((one) => !one.startsWith('--'))
const keep = process.argv.includes('--keep') ? process.argv[process.argv.indexOf('--keep') + 1] : undefined
const sessions = folder === undefined ? measuredSessions() : measureAll(folder)
if (keep !== undefined) writeFileSync(keep, `[\n${sessions.map((session) => JSON.stringify(session)).join(',\n')}\n]\n`)

const REPEATS = [3, 4, 5, 6, 8, 10]
const sources = [...new Set(sessions.map(({ source }) => source))]
console.log(`| source | sessions | calls | ${REPEATS.map((repeats) => `${repeats} repeats`).join(' | ')} |`)
console.log(`| --- | --- | --- | ${REPEATS.map(() => '---').join(' | ')} |`)
for (const source of sources) {
  const own = sessions.filter((session) => session.source === source)
  const found = REPEATS.map((repeats) => own.filter(({ steps }) => judgeSession(steps, repeats) !== null).length)
  const calls = own.reduce((sum, { steps }) => sum + steps.length, 0)
  console.log(`| ${source} | ${own.length} | ${calls} | ${found.join(' | ')} |`)
}
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
