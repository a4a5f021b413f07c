import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Hooks } from '../../main/export/hooks/hooks.ts'
import { hookFactsOf, type HookPayload } from '../../main/core/ledger/outward/hook-facts.ts'
import { noticeOf } from '../../main/core/ledger/reports/notices.ts'
import { parsePolicy } from '../../main/core/policy/document/parse-policy.ts'
import { createLogger } from '../../main/platform/system/logger.ts'
import type { LedgerEntry, LedgerEvent } from '../../shared/calls/events.ts'
import { type Hook, HOOK_EVENTS } from '../../shared/rules/hooks.ts'
import { settingsSchema } from '../../shared/rules/settings.ts'
import { createTestView, DAILY, type TestView } from '../support/gateway/control-view.ts'

interface Got {
  headers: IncomingHttpHeaders
  text: string
}

let view: TestView
let hooks: Hooks
let server: Server
let url: string
let got: Got[]
let status: number
let logged: string

beforeEach(async () => {
  view = await createTestView({ policy: { rules: [DAILY] } })
  got = []
  logged = ''
  status = 200
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    got.push({ headers: request.headers, text })
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  hooks = new Hooks({
    ledger: view.books.ledger,
    developer: 'ada@acme.dev',
    guardOf: () => null,
    env: { PATH: process.env['PATH'], HOOK_SECRET: 'hushed', SLACK: url, ...secretAddresses() },
    proxyFor: () => null,
    ca: null,
    clock: view.clock,
    logger: createLogger({ write: (line) => (logged += line), clock: view.clock }),
    retryDelaysMs: [1, 1],
  })
})
afterEach(async () => {
  hooks.close()
  view.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Addresses as people have them in their environment, each with a secret in it. */
const SECRET = 'hush-hush'
const secretAddresses = () => ({
  WITH_PASSWORD: url.replace('//', `//ada:${SECRET}@`),
  WITH_ODD_PASSWORD: url.replace('//', `//ada:%zz${SECRET}@`),
  DEAD: `http://ada:${SECRET}@127.0.0.1:9/${SECRET}?key=${SECRET}`,
  NO_URL: `hooks.slack.example/${SECRET}`,
  OTHER_SCHEME: `ftp://ada:${SECRET}@127.0.0.1/${SECRET}`,
  BROKEN: `http://[${SECRET}`,
})

const use = (...wanted: Record<string, unknown>[]) => hooks.use(settingsSchema.parse({ hooks: wanted }).hooks)
const arrived = (count: number) =>
  vi.waitFor(() => expect(got.length).toBeGreaterThanOrEqual(count), { interval: 5, timeout: 10_000 })
const payload = (index = 0) => JSON.parse(got[index]!.text) as HookPayload

describe('a webhook', () => {
  test('is told in JSON, signed with its time, and its id stays the same when it is sent again', async () => {
    use({ on: ['refused'], url, secretFromEnv: 'HOOK_SECRET' })
    status = 500
    view.refuse({ project: 'web' }, { code: 'cap-reached', rule: 'daily', message: 'Allowance: spend cap reached.' })
    await arrived(2)
    status = 200
    await arrived(3)
    expect(payload()).toMatchObject({
      schema: 1,
      event: 'refused',
      developer: 'ada@acme.dev',
      title: 'Cap reached',
      body: 'Spend cap reached.',
      rule: 'daily',
      call: { project: 'web', refusal: 'cap-reached' },
    })
    const { headers, text } = got[0]!
    expect(headers['x-allowance-delivery']).toBe(payload().id)
    expect(payload(1).id).toBe(payload().id)
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-allowance-signature'])) ?? []
    expect(mac).toBe(createHmac('sha256', 'hushed').update(`${seconds}.${text}`).digest('hex'))
  })

  test('in the form of Slack, with an address that only the environment knows', async () => {
    use({ on: ['shadow-ai'], urlFromEnv: 'SLACK', format: 'slack' })
    view.books.ledger.record({ type: 'provider.unapproved', host: 'api.<odd>.ai', process: 'agent & co' })
    await arrived(1)
    expect(JSON.parse(got[0]!.text)).toEqual({
      text: '*api.&lt;odd&gt;.ai is not an approved provider*\nIt was called by agent &amp; co; the policy does not know it.\nada@acme.dev',
    })
  })

  test('the same matter is told once a day, and no more than its rate', async () => {
    use({ on: ['refused', 'policy-changed'], url, perMinute: 3 })
    for (let count = 0; count < 5; count += 1) view.refuse({}, { code: 'cap-reached', rule: 'daily' })
    for (let version = 2; version < 8; version += 1)
      view.books.ledger.record({ type: 'policy.changed', source: 'file', version, rules: 1 })
    await arrived(3)
    expect(hooks.status()).toMatchObject([{ dropped: 4, error: null }])
    expect(got.map((_, index) => payload(index).event)).toEqual(['refused', 'policy-changed', 'policy-changed'])
  })

  test('one that is dead is said in the status by its host, and holds up neither calls nor other hooks', async () => {
    use(
      { on: ['refused'], url: 'http://127.0.0.1:9/secret-path' },
      { on: ['refused'], urlFromEnv: 'NOT_SET' },
      { on: ['refused'], url },
    )
    view.refuse({}, { code: 'cap-reached', rule: 'daily' })
    await arrived(1)
    await vi.waitFor(() => expect(hooks.status().map(({ dropped }) => dropped)).toEqual([1, 1]), {
      interval: 5,
      timeout: 10_000,
    })
    expect(hooks.status()).toMatchObject([
      { name: '127.0.0.1:9', error: expect.stringMatching(/./), failingSince: expect.stringMatching(/^2026-/) },
      { name: 'NOT_SET', error: 'the variable NOT_SET is not set' },
    ])
    expect(JSON.stringify(hooks.status())).not.toContain('secret-path')
  })

  test.each(['WITH_PASSWORD', 'WITH_ODD_PASSWORD', 'DEAD', 'NO_URL', 'OTHER_SCHEME', 'BROKEN'])(
    'an address with a secret in it is used and never told: %s',
    async (name) => {
      const sent = name.startsWith('WITH')
      use({ on: ['refused'], urlFromEnv: name })
      view.refuse({}, { code: 'cap-reached', rule: 'daily' })
      if (sent) await arrived(1)
      else
        await vi.waitFor(() => expect(hooks.status()).toMatchObject([{ name, dropped: 1 }]), {
          interval: 5,
          timeout: 10_000,
        })
      if (sent) expect(got[0]!.headers.authorization).toMatch(/^Basic /)
      else expect(hooks.status()[0]?.error).toMatch(/./)
      expect(JSON.stringify([hooks.status(), logged])).not.toContain(SECRET)
    },
  )

  test('a model without a price, and a key that was never seen, each once', async () => {
    use({ on: ['unpriced-model', 'key-seen-new'], url })
    const seen: LedgerEvent[] = []
    view.books.ledger.subscribe(({ event }) => seen.push(event))
    view.admit({ project: 'web' })
    const event = seen.find((one) => one.type === 'call.admitted')
    if (event?.type !== 'call.admitted') throw new Error('nothing was admitted')
    const call = { ...event.call, priced: 'ceiling' as const, requestModel: 'mystery-9' }
    for (const [index, keyFingerprint] of ['k_one', 'k_one', 'k_two'].entries()) {
      const callId = `${event.callId}${index}`
      const attribution = { ...call.attribution, keyFingerprint }
      view.books.ledger.record({ ...event, callId, call: { ...call, callId, attribution } })
    }
    await arrived(3)
    expect(got.map((_, index) => payload(index).title).sort()).toEqual([
      'A new API key is used',
      'A new API key is used',
      'mystery-9 has no known price',
    ])
  })
})

describe('a loop that its rule lets pass', () => {
  test.each([
    ['warn', ['loop']],
    ['throttle', ['loop']],
    // The question was told of when it was asked.
    ['ask', []],
    ['allow', []],
  ] as const)('is told with the words of its notice, and with its rule: %s', (verdict, told) => {
    const seen: LedgerEntry[] = []
    view.books.ledger.subscribe((entry) => seen.push(entry))
    view.admit({ project: 'web' })
    const entry = seen.find(({ event }) => event.type === 'call.admitted')
    if (entry?.event.type !== 'call.admitted') throw new Error('nothing was admitted')
    const verdicts = [{ guard: 'loop', rule: 'my-loop', verdict, reason: 'run_tests came 5 times' }]
    const looping = { ...entry, event: { ...entry.event, verdicts } }
    const facts = hookFactsOf(looping, { isNewKey: () => false, guardOf: () => null })
    expect(facts.map(({ event }) => event)).toEqual(told)
    for (const { title, body, rule } of facts)
      expect({ title, body, rule }).toEqual({
        title: noticeOf(looping)?.title,
        body: 'run_tests came 5 times.',
        rule: 'my-loop',
      })
  })
})

describe('a command', () => {
  test('is started without a shell and reads the event from its standard input', async () => {
    const file = path.join(view.home, 'told.json')
    const script = path.join(view.home, 'hook.mjs')
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs'
       let text = ''; for await (const chunk of process.stdin) text += chunk
       writeFileSync(process.argv[2], JSON.stringify({ text, argument: process.argv[3] }))`,
    )
    use({ on: ['refused'], command: [process.execPath, script, file, '$(touch /tmp/never); `id`'] })
    view.refuse({ project: '"; rm -rf ~ #' }, { code: 'loop-detected', rule: 'loop' })
    const told = await vi.waitFor(() => JSON.parse(readFileSync(file, 'utf8')) as { text: string; argument: string }, {
      interval: 10,
      timeout: 10_000,
    })
    expect(told.argument).toBe('$(touch /tmp/never); `id`')
    expect((JSON.parse(told.text) as HookPayload).call?.project).toBe('"; rm -rf ~ #')
  })

  test('one that is missing is said in the status', async () => {
    use({ on: ['loop'], command: ['/nowhere/hook'] })
    view.refuse({}, { code: 'loop-detected', rule: 'loop' })
    await vi.waitFor(() => expect(hooks.status()).toMatchObject([{ name: '/nowhere/hook', dropped: 1 }]))
  })
})

describe('who may configure what', () => {
  const document = { schema: 1, version: 1, rules: [] }
  test('a policy may name webhooks and no command', () => {
    expect(parsePolicy({ ...document, hooks: [{ on: [...HOOK_EVENTS], url: 'https://hooks.acme.dev' }] }).ok).toBe(true)
    expect(parsePolicy({ ...document, hooks: [{ on: ['loop'], command: ['rm', '-rf', '/'] }] }).ok).toBe(false)
  })

  test.each<[string, Partial<Hook> & Record<string, unknown>]>([
    ['no address', { on: ['loop'] }],
    ['two addresses', { on: ['loop'], url: 'https://a.dev', urlFromEnv: 'A' }],
    ['a command as one line', { on: ['loop'], command: 'notify-send hi' as never }],
    ['an event that is none', { on: ['lop' as never], command: ['true'] }],
  ])('%s is an error', (_, hook) => {
    expect(settingsSchema.safeParse({ hooks: [hook] }).success).toBe(false)
  })
})
