import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { messageOf } from '../../../shared/contract/errors.ts'
import { parseJson } from '../../core/metering/framing/parse-json.ts'
import { memberAt } from '../../core/metering/framing/lenient-json.ts'
import { targetOfUrl } from '../../proxy/intercept/tunnel/tunnel-target.ts'
import type { Trip } from './doctor-facts.ts'

/** A body that is not a request: the gateway says so itself, in its own words, and no provider is asked. */
const BODY = 'allowance doctor'
const PATH = '/v1/chat/completions'
const HOST = 'api.openai.com'
const PATIENCE_MS = 15_000

/** What a program that was pointed at the gateway has in its environment. */
export interface TripEnvironment {
  env: Readonly<Record<string, string | undefined>>
  proxyUrl: string
  baseUrl: string
  caPath: string
}

/** The three ways in, gone by ourselves. */
export function ownTrips(place: TripEnvironment): Promise<Trip[]> {
  return Promise.all([
    attempt('doctor', 'base-url', async () => judge(await post(`${place.baseUrl}/chat/completions`))),
    attempt('doctor', 'connect', async () => {
      const socket = await tunnel(place.proxyUrl, `${HOST}:443`)
      const tls = connectTls({ socket, servername: HOST, ca: readFileSync(place.caPath) })
      return judge(await post(`http://${HOST}${PATH}`, { createConnection: () => tls }))
    }),
    attempt('doctor', 'blind tunnel', () => echo(place.proxyUrl)),
  ])
}

interface ClientTrip {
  program: string
  args(url: string): string[]
}

const NODE_SCRIPT = `fetch(process.argv[1],{method:'POST',headers:{'content-type':'application/json'},body:'${BODY}'}).then(r=>r.text()).then(t=>console.log(t),e=>{console.error(e.cause?.message??e.message);process.exit(1)})`
const PYTHON_SCRIPT = `import sys,urllib.request,urllib.error
r=urllib.request.Request(sys.argv[1],data=b'${BODY}',headers={'content-type':'application/json'})
try: print(urllib.request.urlopen(r,timeout=10).read().decode())
except urllib.error.HTTPError as e: print(e.read().decode())
except Exception as e: sys.exit(str(e))`

const CLIENT_TRIPS: readonly ClientTrip[] = [
  { program: 'curl', args: (url) => ['-sS', '-m', '10', '-H', 'content-type: application/json', '-d', BODY, url] },
  { program: 'node', args: (url) => ['-e', NODE_SCRIPT, url] },
  { program: 'python3', args: (url) => ['-c', PYTHON_SCRIPT, url] },
]

/** The same, gone by the programs on PATH with the environment that `allowance run` gives its child. */
export function clientTrips(place: TripEnvironment, isThere: (program: string) => boolean): Promise<Trip[]> {
  return Promise.all(
    CLIENT_TRIPS.filter(({ program }) => isThere(program)).flatMap(({ program, args }) => [
      attempt(program, 'connect', async () => judge(await output(program, args(`https://${HOST}${PATH}`), place.env))),
      attempt(program, 'base-url', async () =>
        judge(await output(program, args(`${place.baseUrl}/chat/completions`), place.env)),
      ),
    ]),
  )
}

async function attempt(client: string, mode: Trip['mode'], go: () => Promise<string | null>): Promise<Trip> {
  try {
    return { client, mode, failure: await go() }
  } catch (error) {
    return { client, mode, failure: messageOf(error) }
  }
}

/** Null when it was the gateway that answered, and as it should. */
function judge(text: string): string | null {
  const answer = parseJson(text)
  const code = memberAt(answer, 'error', 'allowance', 'code')
  if (code === 'bad-request') return null
  if (typeof code === 'string') return String(memberAt(answer, 'error', 'message') ?? code)
  const said = text.trim().split('\n')[0]?.slice(0, 120)
  return said ? `something other than the gateway answered: ${said}` : 'no answer'
}

function post(url: string, options: RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      timeout: PATIENCE_MS,
      ...options,
    })
    request.once('timeout', () => request.destroy(new Error(`no answer in ${PATIENCE_MS / 1000} s`)))
    request.once('error', reject)
    request.once('response', (response) => {
      textOf(response).then(resolve, reject)
    })
    request.end(BODY)
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function tunnel(proxyUrl: string, authority: string): Promise<Socket> {
  const proxy = new URL(proxyUrl)
  const { host, port } = targetOfUrl(proxy)
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const headers =
    proxy.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host,
      port,
      method: 'CONNECT',
      path: authority,
      headers,
      agent: false,
      timeout: PATIENCE_MS,
    })
    request.once('timeout', () => request.destroy(new Error(`no answer to CONNECT in ${PATIENCE_MS / 1000} s`)))
    request.once('error', reject)
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket as Socket)
      socket.destroy()
      reject(new Error(`CONNECT was answered with ${response.statusCode}`))
    })
    request.end()
  })
}

/** Bytes that are no known protocol, to our own server and back: what belongs to no model passes as it is. */
async function echo(proxyUrl: string): Promise<string | null> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const socket = await tunnel(proxyUrl, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    const sent = Buffer.from([0, 255, 16, 3, 1, 65, 66, 67])
    const heard = await new Promise<Buffer>((resolve, reject) => {
      let all = Buffer.alloc(0)
      socket.setTimeout(PATIENCE_MS, () => reject(new Error('nothing came back')))
      socket.once('error', reject)
      socket.once('close', () => resolve(all))
      socket.on('data', (chunk: Buffer) => {
        all = Buffer.concat([all, chunk])
        if (all.length >= sent.length) resolve(all)
      })
      socket.write(sent)
    })
    socket.destroy()
    return heard.equals(sent) ? null : 'what came back is not what was sent'
  } finally {
    server.close()
  }
}

function output(program: string, args: readonly string[], env: TripEnvironment['env']): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      { env: env as NodeJS.ProcessEnv, timeout: PATIENCE_MS, windowsHide: true },
      (error, stdout, stderr) => {
        const complaint = stderr.trim().split('\n').at(-1)
        if (error && stdout.trim() === '') reject(new Error(complaint || error.message))
        else resolve(stdout)
      },
    )
  })
}
