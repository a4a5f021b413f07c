/**
 * A call that is held with a question gets no byte until somebody answers. How long does each client of the matrix bear
 * that? Starts all of them at once, each way in, plain and streaming, leaves every question open for so many seconds,
 * says yes, and prints who went on, how many requests that took, and what the others said.
 *
 *   npx -y tsx test/bench/silence.ts [seconds=115] [part of a client's name]
 */
import { EventEmitter, once } from 'node:events'
import { ensureClients, copyPrograms } from '../../scripts/lib/client-installs.mjs'

const seconds = Number(process.argv[2] ?? 115)
const wanted = process.argv[3] ?? ''

const folders: Record<string, string> = {}
for (const group of ['sdks', 'agents', 'python']) {
  const { folder, failure } = ensureClients(group)
  if (failure === null) copyPrograms(folder)
  if (failure === null) folders[group] = folder
  else console.error(`not run: ${group}: ${failure}`)
}
process.env.ALLOWANCE_TEST_CLIENTS = JSON.stringify(folders)

// They look at what was installed when they are loaded.
const { Matrix, MODES } = await import('../clients/support/matrix.ts')
const { AGENTS } = await import('../clients/support/agent-clients.ts')
const { SDKS, PYTHON, curl } = await import('../clients/support/program-clients.ts')

const AT_ONCE = 3
const starting = {
  free: AT_ONCE,
  waiting: [] as (() => void)[],
  async enter() {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
  },
  leave() {
    const next = this.waiting.shift()
    if (next) next()
    else this.free += 1
  },
}

const groups = { sdks: SDKS, agents: AGENTS, python: PYTHON }
const clients = [curl, ...Object.keys(folders).flatMap((name) => groups[name as keyof typeof groups])]
const cells = clients
  .filter(({ name }) => name.includes(wanted))
  .flatMap((client) =>
    MODES.flatMap((mode) =>
      // An agent makes its own calls, streams nearly all of them.
      (AGENTS.includes(client) ? (['stream'] as const) : (['plain', 'stream'] as const)).map((what) => ({
        client,
        mode,
        what,
      })),
    ),
  )

const matrix = new Matrix()
await matrix.start([{ id: 'always', guard: 'quiet-hours', from: '00:00', to: '00:00', action: 'ask' }])
/** Sessions whose first question was asked, and who waits to hear of it. */
const asked = new EventEmitter().setMaxListeners(0)
const leave = matrix.answer((call, answer) => {
  asked.emit(call.attribution.session ?? '')
  setTimeout(() => answer('once'), seconds * 1_000)
})
const rows = await Promise.all(
  cells.map(async ({ client, mode, what }, index) => {
    const session = `silent-${index}`
    const isAsked = once(asked, session)
    // All of them wait side by side, but they start a few at a time: starting is what keeps a machine busy.
    await starting.enter()
    const startedAt = Date.now()
    const limitMs = (2 * seconds + 120) * 1_000
    const running = matrix.run(client, mode, what, { session, environment: 'dev', ownHome: true, limitMs })
    await Promise.race([isAsked, running])
    starting.leave()
    const { code, output, calls } = await running
    const tookSeconds = Math.round((Date.now() - startedAt) / 1_000)
    const states = calls.map(
      ({ state, ending, durationMs }) => `${ending ?? state} ${Math.round((durationMs ?? 0) / 1_000)} s`,
    )
    return {
      client: client.name,
      mode,
      what,
      survived: code === 0,
      requests: calls.length,
      tookSeconds,
      states,
      output,
    }
  }),
)
leave()
for (const { output, states, survived, ...row } of rows) {
  const cells = [row.client.padEnd(26), row.mode.padEnd(8), row.what.padEnd(6), survived ? 'yes' : 'NO ', row.requests]
  console.log([...cells, `${row.tookSeconds} s`, states.join(', ')].join('  '))
  if (!survived) console.log(output.trim().slice(-600).replace(/^/gm, '      '))
}
await matrix.stop()
