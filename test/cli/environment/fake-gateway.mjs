// As much of a gateway as a launch needs: it answers /health, says where it is, and counts its starts.
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'

const home = process.env.ALLOWANCE_HOME
appendFileSync(path.join(home, 'starts'), 'x')
if (process.env.FAKE_FAILS) {
  console.error('the disk is full')
  process.exit(1)
}
const server = createServer((_request, response) =>
  response.end(JSON.stringify({ ok: true, proxy: process.env.HTTPS_PROXY ?? null })),
)
const port = process.argv.includes('--port') ? 0 : Number(process.env.FAKE_PORT ?? 0)
server.listen(port, '127.0.0.1', () => {
  const proxy = `http://127.0.0.1:${server.address().port}`
  // Under another name first: who waits for the file must not find half of it.
  writeFileSync(
    path.join(home, 'runtime.json.new'),
    JSON.stringify({
      pid: process.pid,
      version: '0',
      proxy,
      control: proxy,
      token: 't',
      proxyToken: '',
      home,
      startedAt: new Date().toISOString(),
    }),
  )
  renameSync(path.join(home, 'runtime.json.new'), path.join(home, 'runtime.json'))
})
process.on('SIGTERM', () => process.exit(0))
