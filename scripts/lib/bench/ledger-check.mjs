import { createRequire } from 'node:module'
import path from 'node:path'

const NANOS_A_TOKEN = { input: 2_500, output: 10_000 }
const PLAIN = { input: 10, output: 5 }
const STREAM = { input: 10, output: 50 }

/** What the ledger's pages take, in bytes; its log, which is used again and again, is not counted. */
export function ledgerBytes(home) {
  const database = openLedger(path.join(home, 'ledger.sqlite'))
  try {
    return database.prepare('PRAGMA page_count').get().page_count * database.prepare('PRAGMA page_size').get().page_size
  } finally {
    database.close()
  }
}

/**
 * Whether the books are what was bought: every call settled, none open, every sum the price of what the far end
 * reported. Read from outside, after the gateway has gone. Throws with what is wrong.
 */
export function checkLedger(home, { plain, streams }) {
  const database = openLedger(path.join(home, 'ledger.sqlite'))
  try {
    const one = (sql) => database.prepare(sql).get()
    const calls = plain + streams
    const costOf = ({ input, output }) => input * NANOS_A_TOKEN.input + output * NANOS_A_TOKEN.output
    const costNanos = plain * costOf(PLAIN) + streams * costOf(STREAM)
    const found = [
      ['calls that are settled', one('SELECT count(*) AS value FROM call WHERE state = 3'), calls],
      ['calls in all', one('SELECT count(*) AS value FROM call'), calls],
      ['cost of the calls', one('SELECT sum(cost_nanos) AS value FROM call'), costNanos],
      ['calls in the sums', one('SELECT sum(calls) AS value FROM rollup'), calls],
      ['cost in the sums', one('SELECT sum(cost_nanos) AS value FROM rollup'), costNanos],
      ['cost in the sums by hour', one('SELECT sum(cost_nanos) AS value FROM profile_hour'), costNanos],
    ]
    for (const [what, { value }, wanted] of found)
      if (value !== wanted) throw new Error(`the ledger is wrong: ${what}: ${value}, wanted ${wanted}`)
    const { integrity_check: integrity } = one('PRAGMA integrity_check')
    if (integrity !== 'ok') throw new Error(`the ledger's file is damaged: ${integrity}`)
    return { calls, costNanos }
  } finally {
    database.close()
  }
}

function openLedger(file) {
  const require = createRequire(import.meta.url)
  const [major, minor] = process.versions.node.split('.').map(Number)
  const { DatabaseSync } = require(
    major > 22 || (major === 22 && minor >= 13) ? 'node:sqlite' : '@photostructure/sqlite',
  )
  return new DatabaseSync(file, { readOnly: true })
}
