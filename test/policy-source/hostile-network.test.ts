import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { generatePolicyKeys, signPolicy } from '../../main/policy-source/signature.ts'
import { policyText } from '../support/providers/policy-server.ts'
import { usePolicySources } from '../support/providers/policy-sources.ts'

const sources = usePolicySources()
const keys = await generatePolicyKeys('2026')
const others = await generatePolicyKeys('2026')
const signed = (version: number, changes: Record<string, unknown> = {}, by = keys) =>
  signPolicy(policyText(version, { audience: 'acme', expiresAt: '2026-12-23T00:00:00Z', ...changes }), by.privateKey)
const newer = await signed(15)

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const says =
  (text: string | Buffer, status = 200, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text)

/** What lies between a gateway and its policy. None of it may ever change what is in force. */
const FAILURES: [string, Answer][] = [
  ['a connection that is reset', (request) => void request.socket.destroy()],
  [
    'an answer that breaks off',
    (request, response) => {
      response.writeHead(200, { 'content-length': String(newer.length) })
      response.write(newer.slice(0, 40), () => request.socket.destroy())
    },
  ],
  ['no answer at all', () => {}],
  ['an answer that never ends', (_request, response) => void response.writeHead(200).write(newer.slice(0, 40))],
  ['a body that is too short for its length', says(newer.slice(0, -20))],
  ['nothing', says('')],
  ['not found', says('not found', 404)],
  ['not allowed', says('', 401)],
  ['a server that fails', says('oops', 500)],
  ['a server that is overloaded', says('', 503, { 'retry-after': '1' })],
  ['a sign-in page', says('<html>Sign in to the hotel</html>', 200, { 'content-type': 'text/html' })],
  [
    'a redirect in a circle',
    (request, response) => void response.writeHead(302, { location: request.url ?? '/' }).end(),
  ],
  ['a redirect to nowhere', says('', 302, { location: 'http://127.0.0.1:1/policy' })],
  ['"unchanged" to one that knows nothing', says('', 304)],
  ['bytes that only claim to be packed', says(newer, 200, { 'content-encoding': 'gzip' })],
  ['a page of a hundred megabytes', says(gzipSync(Buffer.alloc(100_000_000)), 200, { 'content-encoding': 'gzip' })],
  ['an unsigned policy', says(policyText(99))],
  ["a policy by somebody else's key", says(await signed(99, {}, others))],
  ['a policy for another company', says(await signed(99, { audience: 'initech' }))],
  ['an older policy', says(await signed(13))],
  ['the same version with other rules', says(await signed(14, { timezone: 'UTC' }))],
  ['a policy with a mistake', says(await signed(99, { rules: [{ id: 'x', guard: 'spend-cap' }] }))],
  ['a policy that was changed on its way', says(newer.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`))],
]
/** Without a policy there is none that is older, or the same. */
const NEEDS_ONE = ['an older policy', 'the same version with other rules']

const open = () => sources.open({ keys: [keys.publicKey], audience: 'acme', fetchTimeoutMs: 150 })

describe.each(FAILURES)('%s', (name, answer) => {
  if (!NEEDS_ONE.includes(name))
    it('leaves a fresh start without a policy, and says why', async () => {
      sources.server.answer = answer
      const source = await open()
      await source.start()
      expect(source.current()).toMatchObject({ policy: null, gate: 'ok', status: { state: 'none' } })
      expect(source.current().status.lastError?.message).toMatch(/\w+ \w+/)
      await recovers(source)
    })

  it('leaves the one in force in force, and says why', async () => {
    sources.server.text = await signed(14)
    const source = await open()
    await source.start()
    sources.server.answer = answer
    await source.refresh()
    expect(source.current()).toMatchObject({ policy: { version: 14, timezone: 'Europe/Paris' }, gate: 'ok' })
    // An "unchanged" is what a running gateway may well be told.
    if (!name.startsWith('"unchanged"')) expect(source.current().status.lastError?.message).toMatch(/\w+ \w+/)
    await recovers(source)
  })

  it('leaves the last known good one in force over a restart', async () => {
    sources.server.text = await signed(14)
    const before = await open()
    await before.start()
    before.close()
    sources.server.answer = answer
    const source = await open()
    await source.start()
    expect(source.current()).toMatchObject({ policy: { version: 14, timezone: 'Europe/Paris' }, gate: 'ok' })
    await recovers(source)
  })
})

async function recovers(source: Awaited<ReturnType<typeof open>>): Promise<void> {
  sources.server.answer = null
  sources.server.text = newer
  await source.refresh()
  expect(source.current()).toMatchObject({ policy: { version: 15 }, status: { state: 'in-force', lastError: null } })
}
