// A client in a process of its own: does what the test writes to its standard input, one JSON line a step.
import { createInterface } from 'node:readline'
import http from 'node:http'

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const port = Number(process.argv[2])
const get = (path) =>
  new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, agent }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
  })

const lines = createInterface({ input: process.stdin })
for await (const line of lines) {
  const step = JSON.parse(line)
  if (step.chdir) process.chdir(step.chdir)
  if (step.get) await get(step.get)
  process.stdout.write('done\n')
}
