/**
 * The loop guard on recorded sessions of real agents: what it would have said, at which step, after how much money.
 *
 *   npx -y tsx test/bench/trajectories.ts DIR [--detail]
 *
 * DIR holds `<source>/<session>.json`: `{"system": "…", "steps": [{"atMs": null, "user": ["…"], "text": "…",
 * "calls": [{"name": "…", "arguments": "…"}], "results": ["…"], "costUsd": null}]}`, one step a call of the model.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { replaySession, type RecordedSession } from '../support/load/replay-session.ts'

const [folder = ''] = process.argv.slice(2)
const isDetailed = process.argv.includes('--detail')
for (const source of readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())) {
  const files = readdirSync(path.join(folder, source.name)).filter((file) => file.endsWith('.json'))
  let steps = 0
  let stepMs = 0
  const found: string[] = []
  for (const file of files) {
    const session = JSON.parse(readFileSync(path.join(folder, source.name, file), 'utf8')) as RecordedSession
    const began = performance.now()
    const replayed = replaySession(session)
    stepMs += performance.now() - began
    steps += session.steps.length
    if (replayed.finding)
      found.push(
        `  ${file} step ${replayed.finding.at} of ${session.steps.length}, longest run ${replayed.longestStaleRun}: ${replayed.finding.reason}`,
      )
    else if (replayed.longestStaleRun >= 5 && isDetailed)
      found.push(`  (${file}: longest run ${replayed.longestStaleRun} of ${session.steps.length}, not found)`)
  }
  console.log(
    `${source.name}: ${files.length} sessions, ${steps} steps, ${(stepMs / steps).toFixed(2)} ms a step, ${found.filter((line) => !line.startsWith('  (')).length} found`,
  )
  for (const line of found) console.log(line)
}
