import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedAnswer {
  status?: number
  type?: string
  headers?: Record<string, string>
  body: unknown
}

/** A far end that answers `METHOD /path` (with the query) from a table that a test may change as it goes; text bodies go out as they are. */
export async function startScriptedServer(answers: Record<string, ScriptedAnswer>) {
  const asked: { key: string; headers: Record<string, string | string[] | undefined> }[] = []
  const server = createServer((request, response) => {
    request.resume()
    const key = `${request.method} ${request.url}`
    asked.push({ key, headers: request.headers })
    const answer = answers[key] ?? { status: 404, body: { error: { message: `nothing is scripted for ${key}` } } }
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
