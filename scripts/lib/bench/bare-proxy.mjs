// The http-proxy package with nothing around it: what the same library costs when it neither meters nor decides.
import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

const agent = new Agent({ keepAlive: true, maxSockets: 1_024 })
const engine = httpProxy.createProxyServer({ target: process.argv[2], agent })
const server = createServer((request, response) => {
  delete request.headers.connection
  engine.web(request, response, {}, () => response.destroy())
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
