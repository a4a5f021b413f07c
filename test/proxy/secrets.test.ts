import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { HOOK_EVENTS } from '../../shared/rules/hooks.ts'
import { runCli } from '../support/gateway/cli.ts'
import { buildProgram, type GatewayProgram, startGatewayProgram } from '../support/gateway/gateway-program.ts'
import { LOAD_APIS, type LoadApi } from '../support/load/load-apis.ts'
import { openSocket } from '../support/load/socket-client.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { SocketFake } from '../support/providers/fake/socket-fake.ts'

/**
 * Canaries stand where keys and texts stand, on every way that a call can go; then everything that was written or sent
 * to anybody but the provider is searched for them.
 */
const KEY = 'canarykeyQ7'
const TEXT = 'canarytextW9'

let home: string
let fake: FakeProvider
let gateway: GatewayProgram
let receiver: Server
const received: string[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      received.push(`${request.url} ${JSON.stringify(request.headers)} ${plain.toString('latin1')}`)
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  home = mkdtempSync(path.join(tmpdir(), 'allowance-secrets-'))
  const rules = [
    { id: 'refused', guard: 'spend-cap', limitUsd: '0.000001', per: 'day', scope: { session: ['refused'] } },
    { id: 'tight', guard: 'spend-cap', limitUsd: '0.0009', per: 'day', scope: { session: ['tight'] } },
    { id: 'loop', guard: 'loop', repeats: 3, action: 'warn' },
  ]
  const policy = path.join(home, 'policy.json')
  writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
  const hooks = [{ on: [...HOOK_EVENTS], url: `${url}/hook`, perMinute: 600 }]
  writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ hooks, telemetry: { otlpUrl: `${url}/otlp` } }))
  fake = new FakeProvider({
    latencyMs: () => 5,
    say: ({ texts }) => ({
      text: `I heard: ${TEXT} ${texts.join(' ').slice(0, 200)}`,
      toolCall: { name: 'write_file', arguments: JSON.stringify({ path: '/tmp/a', content: TEXT }) },
    }),
    fail: ({ texts }) =>
      texts.join(' ').includes('please fail')
        ? { status: 400, body: { error: { message: `cannot do "${TEXT}" with key ${KEY}`, type: 'bad' } } }
        : null,
    breakAt: ({ texts }) => (texts.join(' ').includes('please break') ? 0.5 : null),
  })
  const sockets = new SocketFake()
  fake.onUpgrade((request, socket, head) => sockets.accept(request, socket, head))
  const origin = await fake.start()
  const upstreams = Object.fromEntries(
    ['openai', 'anthropic', 'google', 'bedrock', 'deepseek'].map((id) => [id, origin]),
  )
  buildProgram()
  gateway = await startGatewayProgram(home, {
    ALLOWANCE_UPSTREAMS: JSON.stringify(upstreams),
    ALLOWANCE_POLICY: policy,
  })
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  await fake.stop()
  rmSync(home, { recursive: true, force: true })
  receiver.closeAllConnections()
  receiver.close()
})

const SECRET_HEADERS = {
  'content-type': 'application/json',
  authorization: `Bearer sk-${KEY}`,
  'x-api-key': KEY,
  'api-key': KEY,
  'x-goog-api-key': KEY,
  cookie: `session=${KEY}`,
}

async function post(place: string, body: string): Promise<void> {
  const answer = await fetch(gateway.proxy + place, { method: 'POST', headers: SECRET_HEADERS, body }).catch(() => null)
  await answer?.text().catch(() => '')
}

function bodyOf(api: LoadApi, stream: boolean, words: string): string {
  const messages = [
    { role: 'user' as const, content: `${TEXT} ${words}` },
    { role: 'assistant' as const, content: TEXT },
    { role: 'user' as const, content: `${words} ${TEXT}` },
  ]
  return JSON.stringify(api.body({ model: api.model, messages, stream, maxOutputTokens: 400, isCached: false }))
}

/** Each way that a call can go, by what it says and through which place it comes in. */
const WAYS: Record<string, (api: LoadApi, stream: boolean) => Promise<void>> = {
  'it succeeds': (api, stream) => post(api.path(api.model, stream), bodyOf(api, stream, 'hello')),
  'its key is in the query': (api, stream) => {
    const place = api.path(api.model, stream)
    return post(`${place}${place.includes('?') ? '&' : '?'}key=${KEY}`, bodyOf(api, stream, 'hello'))
  },
  'a cap refuses it': (api, stream) =>
    post(`/@session=refused${api.path(api.model, stream)}`, bodyOf(api, stream, 'hello')),
  'a cap ends it': (api, stream) => post(`/@session=tight${api.path(api.model, stream)}`, bodyOf(api, stream, 'hello')),
  'it repeats itself': async (api, stream) => {
    for (let turn = 0; turn < 5; turn += 1)
      await post(`/@session=loop${api.path(api.model, stream)}`, bodyOf(api, stream, 'again'))
  },
  'its provider refuses it': (api, stream) => post(api.path(api.model, stream), bodyOf(api, stream, 'please fail')),
  'its provider breaks': (api, stream) => post(api.path(api.model, stream), bodyOf(api, stream, 'please break')),
  'its body is no JSON': (api, stream) => post(api.path(api.model, stream), `{"model":"${TEXT} ${KEY}`),
  'its body is another type': (api, stream) => post(api.path(api.model, stream), JSON.stringify([TEXT, { key: KEY }])),
}

test('no key and no text is written down or told', async () => {
  for (const way of Object.values(WAYS))
    for (const api of Object.values(LOAD_APIS)) for (const stream of [false, true]) await way(api, stream)
  await post(`/nowhere/${KEY}?key=${KEY}`, TEXT)

  const client = await openSocket(`${gateway.proxy.replace('http', 'ws')}/openai/v1/responses?key=${KEY}`, {
    headers: SECRET_HEADERS,
  })
  client.say({ type: 'response.create', model: 'gpt-4.1', input: [{ role: 'user', content: TEXT }] })
  await client.hear(({ type }) => type === 'response.completed')
  client.socket.terminate()

  // A client whose command line has both in it, as curl's often does.
  await promisify(execFile)('curl', [
    ...['-s', '-H', `authorization: Bearer sk-${KEY}`, '-d', bodyOf(LOAD_APIS.chat, false, 'by curl')],
    gateway.proxy + LOAD_APIS.chat.path('gpt-4o', false),
  ])

  for (const kind of ['/hook', '/otlp'])
    await vi.waitFor(() => expect(received.some((one) => one.startsWith(kind))).toBe(true), { timeout: 30_000 })
  const places: Record<string, string> = {
    'what hooks and telemetry were sent': received.join('\n'),
  }
  for (const verb of [
    ['calls', '--json', '--limit', '10000'],
    ['spend', '--csv'],
    ['spend', '--focus'],
    ['why'],
    ['audit', '--json'],
  ])
    places[verb.join(' ')] = (await runCli(home, verb)).stdout
  for (const file of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    const whole = path.join(home, file)
    if (statSync(whole).isFile()) places[file] = readFileSync(whole, 'latin1')
  }
  expect(Object.keys(places)).toContain('ledger.sqlite')
  const states = places['calls --json --limit 10000']!.trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: string }).state)
  expect(new Set(states)).toEqual(new Set(['settled', 'released', 'refused']))
  for (const [place, text] of Object.entries(places))
    for (const canary of [KEY, TEXT]) expect(text.includes(canary), `${canary} in ${place}`).toBe(false)
})
