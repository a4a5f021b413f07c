// How long it takes to know who is calling: node test/bench/process-lookup.mjs [idle processes]
// `first` is what a new connection costs (it runs beside the reading of the request), `again` each later call on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { runnerImport } from 'vite'

const load = async (file) => (await runnerImport(path.resolve(file))).module
const { createProcessLookup } = await load('main/platform/process/process-lookup.ts')
const { createGitFacts } = await load('main/platform/identity/git-facts.ts')

const others = Array.from({ length: Number(process.argv[2] ?? 200) }, () =>
  spawn('sleep', ['300'], { stdio: 'ignore' }),
)
const lookup = createProcessLookup()
const git = createGitFacts()
const first = []
const again = []
const together = []
const found = new WeakMap()
let right = 0

const time = async (list, act) => {
  const startedAtMs = performance.now()
  const result = await act()
  list.push(performance.now() - startedAtMs)
  return result
}
const server = createServer(async (request, response) => {
  const caller = await found.get(request.socket)
  if (caller && request.url !== '/once') {
    await time(again, async () => {
      const now = await lookup.recheck(caller)
      await git.repositoryOf(now.facts.cwd)
    })
  }
  if (caller?.facts.cwd) right += 1
  response.end()
})
let list = first
server.on('connection', (socket) =>
  found.set(
    socket,
    time(list, () => lookup.processOf(socket)),
  ),
)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`
// A shell starts them: starting a hundred processes from here would be most of what the loop's delay shows.
const curl = (count, pathname, repeat) => {
  const one = `curl -s ${Array(repeat).fill(`${url}${pathname}`).join(' ')} &`
  return once(spawn('sh', ['-c', `${Array(count).fill(one).join('\n')}\nwait`], { stdio: 'ignore' }), 'exit')
}

const loop = monitorEventLoopDelay({ resolution: 1 })
for (let round = 0; round < 100; round += 1) await curl(1, '/once', 1)
await curl(1, '/kept', 500)
const rightAlone = right
loop.enable()
list = together
right = 0
for (let round = 0; round < 5; round += 1) await curl(100, '/once', 1)
loop.disable()

const show = (name, times) => {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (share) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2)
  console.log(`${name.padEnd(34)} median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms (${sorted.length})`)
}
show('first, one at a time', first)
show('again, same connection', again)
show('first, 100 processes at once', together)
console.log(`known: ${rightAlone} of 600 one by one, ${right} of 500 at once`)
console.log(
  `event loop, 100 at once: p99 ${(loop.percentile(99) / 1e6).toFixed(1)} ms, most ${(loop.max / 1e6).toFixed(1)} ms`,
)
for (const other of others) other.kill()
server.closeAllConnections()
server.close()
