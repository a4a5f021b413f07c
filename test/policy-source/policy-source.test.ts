import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../main/platform/system/logger.ts'
import { type PolicyChange, PolicySource, type PolicySourceOptions } from '../../main/policy-source/policy-source.ts'
import { generatePolicyKeys, signPolicy } from '../../main/policy-source/signature.ts'
import { type PolicyServer, policyText, startPolicyServer } from '../support/providers/policy-server.ts'

let folder: string
let server: PolicyServer
let nowMs: number
const opened: PolicySource[] = []

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  server = await startPolicyServer()
  nowMs = Date.parse('2026-11-23T12:00:00Z')
})
afterEach(async () => {
  for (const source of opened.splice(0)) source.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function open(changes: Partial<PolicySourceOptions> = {}): Promise<PolicySource> {
  const source = await PolicySource.open({
    url: server.url,
    developer: 'ada@acme.dev',
    audience: null,
    keys: [],
    refreshMs: 3_600_000,
    onFirstFetch: 'open',
    lastKnownGoodFile: path.join(folder, 'last-policy.json'),
    proxyFor: () => null,
    ca: null,
    clock: () => nowMs,
    logger: silentLogger,
    ...changes,
  })
  opened.push(source)
  return source
}

function changesOf(source: PolicySource): PolicyChange[] {
  const changes: PolicyChange[] = []
  source.onChange((change) => changes.push(change))
  return changes
}

describe('a policy from a URL', () => {
  it('is in force once it was fetched, and asked for again by its ETag', async () => {
    server.text = policyText(14)
    const source = await open()
    const changes = changesOf(source)
    await source.start()
    expect(source.current()).toMatchObject({
      policy: { version: 14 },
      gate: 'ok',
      status: { state: 'in-force', version: 14, lastError: null },
    })
    expect(await source.refresh()).toBe('unchanged')
    expect(server.requests.map(({ status }) => status)).toEqual([200, 304])
    expect(changes).toEqual([
      { rules: true, event: { type: 'policy.changed', source: server.url, version: 14, rules: 1 } },
    ])
  })

  it('is asked for by whoever asks', async () => {
    server.text = policyText(1)
    await (await open({ url: `${server.url}/{developer}?team=web` })).start()
    expect(server.requests[0]?.url).toBe('/policy/ada%40acme.dev?team=web')
  })

  it('shows no secret of its URL', async () => {
    const source = await open({ url: `${server.url.replace('//', '//user:pw@')}?token=secret` })
    expect(source.current().status.source).toBe(`${server.url}?…`)
  })

  it('goes to a higher version at once', async () => {
    server.text = policyText(14)
    const source = await open()
    await source.start()
    server.text = policyText(15, { rules: [] })
    expect(await source.refresh()).toBe('changed')
    expect(source.current().policy).toMatchObject({ version: 15, rules: [] })
  })

  it.each([
    ['a lower version', () => policyText(13), 'policy-version', 'older than version 14'],
    [
      'the same version with other rules',
      () => policyText(14, { rules: [] }),
      'policy-version',
      'needs a higher version',
    ],
    ['garbage', () => '<html>', 'policy-invalid', 'no JSON'],
    ['a mistyped key', () => policyText(15, { timezon: 'UTC' }), 'policy-invalid', 'did you mean "timezone"?'],
  ])('stays in force against %s', async (_name, text, code, message) => {
    server.text = policyText(14)
    const source = await open()
    await source.start()
    const changes = changesOf(source)
    server.text = text()
    expect(await source.refresh()).toBe('rejected')
    expect(await source.refresh()).toBe('rejected')
    expect(source.current()).toMatchObject({
      policy: { version: 14, rules: [{ id: 'daily' }] },
      gate: 'ok',
      status: { state: 'in-force', lastError: { code, message: expect.stringContaining(message) } },
    })
    expect(changes).toEqual([{ rules: false, event: expect.objectContaining({ type: 'policy.rejected', code }) }])
    server.text = policyText(14)
    expect(await source.refresh()).toBe('unchanged')
    expect(source.current().status.lastError).toBeNull()
  })

  it('remembers through an outage that what its source shows was rejected', async () => {
    server.text = policyText(14)
    const source = await open()
    await source.start()
    server.text = 'garbage'
    await source.refresh()
    server.status = 500
    expect(await source.refresh()).toBe('unreachable')
    server.status = 200
    expect(await source.refresh()).toBe('rejected')
    expect(server.requests.at(-1)?.status).toBe(304)
    expect(source.current().status.lastError?.code).toBe('policy-invalid')
  })

  it('is not read on for ever', async () => {
    server.text = 'x'.repeat(1024 * 1024 + 1)
    const source = await open()
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-unavailable',
      message: expect.stringContaining('longer than'),
    })
  })
})

describe('without its source', () => {
  it('the last known good policy holds, over a restart, until it expires', async () => {
    server.text = policyText(14, { expiresAt: '2026-11-24T00:00:00Z' })
    await (await open()).start()
    expect(statSync(path.join(folder, 'last-policy.json')).mode & 0o777).toBe(0o600)
    server.status = 500
    const source = await open()
    expect(await source.refresh()).toBe('unreachable')
    expect(source.current()).toMatchObject({
      policy: { version: 14 },
      gate: 'ok',
      status: {
        state: 'last-known-good',
        fetchedAt: '2026-11-23T12:00:00.000Z',
        lastError: { code: 'policy-unavailable' },
      },
    })
    nowMs = Date.parse('2026-11-24T00:00:00Z')
    expect(source.current()).toMatchObject({ policy: { version: 14 }, gate: 'ok', status: { state: 'expired' } })
  })

  it('an expired policy that fails closed closes the gate, and opens it when a new one comes', async () => {
    const closed = { onUnavailable: { policy: 'closed' } }
    server.text = policyText(14, { ...closed, expiresAt: '2026-11-23T12:00:00Z' })
    const source = await open()
    await source.start()
    expect(source.current()).toMatchObject({ gate: 'closed', status: { state: 'expired' } })
    server.text = policyText(15, { ...closed, expiresAt: '2026-12-23T12:00:00Z' })
    await source.refresh()
    expect(source.current()).toMatchObject({ gate: 'ok', status: { state: 'in-force' } })
  })

  it.each([
    ['open', 'ok'],
    ['closed', 'closed'],
  ] as const)('and with none ever fetched, the settings decide: %s', async (onFirstFetch, gate) => {
    server.status = 503
    const source = await open({ onFirstFetch })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, gate, status: { state: 'none', version: null } })
  })

  it('does not hold what another source had said', async () => {
    server.text = policyText(14)
    await (await open()).start()
    const source = await open({ url: `${server.url}/other` })
    expect(source.current().policy).toBeNull()
  })

  it('says that no policy is configured by saying nothing', async () => {
    const source = await open({ url: null, onFirstFetch: 'closed' })
    await source.start()
    expect(await source.refresh()).toBe('none')
    expect(source.current()).toMatchObject({
      policy: null,
      gate: 'ok',
      status: { source: null, state: 'none', lastError: null },
    })
  })

  it('closes in the middle of a look', async () => {
    server.text = policyText(1)
    const source = await open()
    const look = source.refresh()
    source.close()
    expect(await look).toBe('none')
  })
})

describe('a signed policy', () => {
  it('counts when a pinned key signed it, also while keys are rotated', async () => {
    const [old, young] = await Promise.all([generatePolicyKeys('2025'), generatePolicyKeys('2026')])
    server.text = await signPolicy(policyText(14), young.privateKey)
    const source = await open({ keys: [old.publicKey, young.publicKey] })
    await source.start()
    expect(source.current().policy?.version).toBe(14)
    server.text = await signPolicy(policyText(14), old.privateKey)
    expect(await source.refresh()).toBe('unchanged')
  })

  it.each([
    ['unsigned', (text: string) => Promise.resolve(text), 'policy-unsigned'],
    [
      'by a key of the same name',
      async (text: string) => signPolicy(text, (await generatePolicyKeys('2026')).privateKey),
      'policy-signature',
    ],
    [
      'by a key of another name',
      async (text: string) => signPolicy(text, (await generatePolicyKeys('2027')).privateKey),
      'policy-signature',
    ],
    [
      'without an algorithm',
      (text: string) =>
        Promise.resolve(`${encode({ alg: 'none', kid: '2026', typ: 'allowance-policy+jws' })}.${encode(text)}.x`),
      'policy-signature',
    ],
  ])('does not count %s', async (_name, sign, code) => {
    const { publicKey } = await generatePolicyKeys('2026')
    server.text = await sign(policyText(14))
    const source = await open({ keys: [publicKey] })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, status: { lastError: { code } } })
  })

  it('does not count when its payload was changed', async () => {
    const { publicKey, privateKey } = await generatePolicyKeys('2026')
    const [head, , signature] = (await signPolicy(policyText(14), privateKey)).split('.')
    server.text = `${head}.${encode(policyText(99))}.${signature}`
    const source = await open({ keys: [publicKey] })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, status: { lastError: { code: 'policy-signature' } } })
  })

  it('is checked again when it comes from the disk', async () => {
    server.text = policyText(14)
    await (await open()).start()
    const { publicKey } = await generatePolicyKeys('2026')
    expect((await open({ keys: [publicKey] })).current().policy).toBeNull()
  })

  it('has to be made for us', async () => {
    server.text = policyText(14, { audience: 'others' })
    const source = await open({ audience: 'acme-developers' })
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-audience',
      message: expect.stringContaining('"others"'),
    })
  })
})

describe('a policy in a file', () => {
  it('is read again when the file changes or is replaced', async () => {
    const file = path.join(folder, 'policy.json')
    writeFileSync(file, policyText(1))
    const source = await open({ url: file })
    await source.start()
    for (const version of [2, 3]) {
      const changed = new Promise<PolicyChange>((resolve) => source.onChange(resolve))
      writeFileSync(`${file}.new`, policyText(version))
      renameSync(`${file}.new`, file)
      expect(await changed).toMatchObject({ rules: true, event: { version } })
    }
  })

  it('that is missing is unreachable, and says where it should be', async () => {
    const file = path.join(folder, 'none.json')
    const source = await open({ url: file })
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-unavailable',
      message: expect.stringContaining(file),
    })
  })
})

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}
