/**
 * What the screens ask of a ledger of a million calls in 90 days, in milliseconds.
 *
 *   npx -y tsx test/bench/explore.ts [calls]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { callList, conversationDetail, conversationList } from '../../main/control/explore/call-list.ts'
import { exploreSpend, facets, forecast } from '../../main/control/explore/explore.ts'
import { clientList, projectList } from '../../main/control/explore/explore-lists.ts'
import { explainSpike } from '../../main/control/explore/spike.ts'
import { SqliteStore } from '../../main/ledger/store/sqlite-store.ts'
import { generateLedger } from './explore-ledger.ts'

const CALLS = Number(process.argv[2] ?? 1_000_000)
const DAYS = 90
// A ledger that is there already is not made again.
const given = process.argv[3]
const home = mkdtempSync(path.join(tmpdir(), 'allowance-bench-'))
const store = new SqliteStore(given ?? path.join(home, 'ledger.sqlite'))
const { database } = store
const endMs = Date.now()
if (database.prepare('SELECT 1 FROM call LIMIT 1').get() === undefined) generateLedger(database, CALLS, DAYS, endMs)
const frame = { database, timeZone: 'Europe/Paris', nowMs: endMs }
const days = (count: number) => new Date(endMs - count * 86_400_000).toISOString()
const spend = (by: string, count: number, bucket: 'hour' | 'day' | 'week', filter = {}) =>
  exploreSpend(frame, { by, since: days(count), until: 'now', bucket, filter, compareSince: days(2 * count) })

const calls = (count: number, question: object) => callList(frame, { since: days(count), until: 'now', ...question })
const { id: last } = conversationList(frame, { since: days(7), until: 'now' }).conversations[0]!

const questions: Record<string, () => unknown> = {
  'spend, 1 day by hour and project': () => spend('project', 1, 'hour'),
  'spend, 7 days by hour and model': () => spend('model', 7, 'hour'),
  'spend, 30 days by day and project': () => spend('project', 30, 'day'),
  'spend, 90 days by day and agent': () => spend('agent', 90, 'day'),
  'spend, 90 days by day of one project': () => spend('branch', 90, 'day', { project: ['project-3'] }),
  'spend, 7 days by day and session': () => spend('session', 7, 'day'),
  'spend, 90 days by week and session': () => spend('session', 90, 'week'),
  forecast: () => forecast(frame, {}),
  'calls, newest of 7 days': () => calls(7, {}),
  'calls, costliest of 7 days': () => calls(7, { sort: 'cost' }),
  'calls, costliest of 90 days': () => calls(90, { sort: 'cost' }),
  'calls, 30 days of one project': () => calls(30, { filter: { project: ['project-3'] } }),
  'calls, 90 days of one session': () => calls(90, { filter: { session: ['s42'] } }),
  'calls, 7 days by words': () => calls(7, { text: 'project-7 codex' }),
  'conversations of today': () => conversationList(frame, { since: days(1), until: 'now' }),
  'conversations of 7 days': () => conversationList(frame, { since: days(7), until: 'now' }),
  'one conversation': () => conversationDetail(frame, last),
  'spike of an hour': () => explainSpike(frame, { since: days(0.0417), until: 'now' }),
  'spike of a day': () => explainSpike(frame, { since: days(1), until: 'now' }),
  projects: () => projectList(frame),
  clients: () => clientList(frame),
  'filters of 90 days': () => facets(frame, { since: days(90), until: 'now' }),
}
for (const [name, ask] of Object.entries(questions)) {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    ask()
    return performance.now() - began
  })
  console.log(`${name}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`)
}
store.close()
rmSync(home, { recursive: true, force: true })
