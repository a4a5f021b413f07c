import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { inRoot } from '../../root.mjs'

const RUNS = 7
const VERBS = ['status', 'spend --by project --since 30d', 'calls', 'why', 'audit', 'policy show', 'statusline']

/** Each read verb beside a Node that does nothing: milliseconds by the wall, and of processor time. */
export async function verbTimes(home) {
  const found = new Map()
  const note = (name, args) => {
    const before = childrenMs()
    const startedAt = performance.now()
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { PATH: process.env.PATH, HOME: home, ALLOWANCE_HOME: home, NO_COLOR: '1' },
      input: '{}',
    })
    if (status !== 0) throw new Error(`${name}: ${status}: ${stderr}`)
    const ms = performance.now() - startedAt
    const times = found.get(name) ?? []
    found.set(name, [...times, { ms, cpuMs: childrenMs() - before }])
  }
  for (let run = 0; run < RUNS; run += 1) {
    note('node -e 0', ['-e', '0'])
    for (const verb of VERBS) note(verb, [inRoot('out/cli.cjs'), ...verb.split(' ')])
  }
  return [...found].map(([name, times]) => {
    const middle = (key) => times.map((one) => one[key]).sort((a, b) => a - b)[RUNS >> 1]
    return { name, ms: middle('ms'), cpuMs: middle('cpuMs') }
  })
}

/** Processor time of the children that have ended; NaN where there is no /proc. In steps of ten milliseconds. */
function childrenMs() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
    return (Number(fields[13]) + Number(fields[14])) * 10
  } catch {
    return Number.NaN
  }
}
