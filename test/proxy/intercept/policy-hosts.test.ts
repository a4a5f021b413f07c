import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { buildStatus } from '../../../main/control/views/status.ts'
import { recentNotices } from '../../../main/control/views/notices.ts'
import { gatewayEvents } from '../../../main/ledger/queries/call-queries.ts'
import { createTestView } from '../../support/gateway/control-view.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { policyText, type PolicyServer, startPolicyServer } from '../../support/providers/policy-server.ts'
import { runProgram } from './proxy-harness.ts'

let gateway: Harness
let server: PolicyServer | null = null
afterEach(async () => {
  await gateway.stop()
  await server?.stop()
  server = null
})

const hosts = [{ host: 'llm.acme.test', provider: 'openai' }]
const database = () => gateway.gateway.books.ledger.store.database

/** What curl gets from the policy's host through CONNECT; nobody of that name exists, so a tunnel that nobody decrypts fails. */
async function ask(): Promise<string> {
  const { stdout, stderr } = await runProgram('curl', [
    '-sS',
    '-x',
    gateway.url,
    '--cacert',
    gateway.gateway.interception.authority.bundlePath,
    '-H',
    'content-type: application/json',
    '-H',
    'authorization: Bearer k',
    '-d',
    JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] }),
    'https://llm.acme.test/v1/chat/completions',
  ])
  return stdout + stderr
}

describe('hosts of a remote policy', () => {
  async function start() {
    server = await startPolicyServer()
    server.text = policyText(1, { hosts })
    gateway = await startHarness({ settings: { policy: { url: server.url } } })
  }

  it('pass unread and say so, until the developer agrees: then they are decrypted and metered', async () => {
    await start()
    const { policyHosts, interception } = gateway.gateway
    expect(await ask()).toContain('502')
    expect(gateway.calls()).toEqual([])
    expect(interception.authority.covers('llm.acme.test')).toBe(false)
    expect(recentNotices(database(), Date.now()).map(({ title }) => title)).toContain(
      'llm.acme.test is new in the policy',
    )
    const view = { ...(await createTestView()), policyHosts }
    expect(buildStatus(view).policy.pendingHosts).toEqual(hosts)
    view.close()

    expect(await policyHosts.trust(['llm.acme.test'])).toEqual(hosts)
    expect(policyHosts.pending()).toEqual([])
    expect(interception.authority.covers('llm.acme.test')).toBe(true)
    expect(JSON.parse(await ask())).toHaveProperty('choices')
    expect(await gateway.waitFor((one) => one.state === 'settled')).toMatchObject({ provider: 'openai' })
    expect(gatewayEvents(database(), ['hosts.trusted'], 0)).toHaveLength(1)
  })

  it('that passed unread are a gap in the books, told of once', async () => {
    await start()
    const closed = Promise.resolve({ up: 1, down: 1 })
    for (const _ of [1, 2, 3]) gateway.gateway.policyHosts.passed({ host: 'llm.acme.test', closed })
    gateway.gateway.policyHosts.passed({ host: 'other.test', closed })
    await closed
    const gaps = gatewayEvents(database(), ['gap.recorded'], 0).map(({ event }) => event)
    expect(gaps).toMatchObject([{ reason: expect.stringContaining('allowance policy trust-hosts llm.acme.test') }])
  })

  it('are remembered: the next gateway does not ask again', async () => {
    await start()
    await gateway.gateway.policyHosts.trust(['llm.acme.test'])
    await gateway.gateway.stop('test')
    const next = await startHarness({ home: gateway.home, settings: { policy: { url: server?.url ?? '' } } })
    expect(next.gateway.policyHosts.pending()).toEqual([])
    expect(next.gateway.interception.authority.covers('llm.acme.test')).toBe(true)
    await next.stop()
  })
})

describe('hosts of a policy of one’s own', () => {
  it('are decrypted at once, also those that come while the gateway runs', async () => {
    gateway = await startHarness({ policy: { schema: 1, version: 1, timezone: 'UTC', rules: [] } })
    const { authority } = gateway.gateway.interception
    const before = authority.show().length
    writeFileSync(
      path.join(gateway.home, 'policy.json'),
      JSON.stringify({ schema: 1, version: 2, timezone: 'UTC', rules: [], hosts }),
    )
    expect(await gateway.gateway.policySource.refresh()).not.toBe('rejected')
    await expect.poll(() => authority.covers('llm.acme.test')).toBe(true)
    expect(authority.show()).toHaveLength(before + 1)
    expect(JSON.parse(await ask())).toHaveProperty('choices')
  })

  it('that are too wide are left alone, and the rest of the policy holds', async () => {
    const wide = [{ host: '*.amazonaws.com', provider: 'openai' }, ...hosts]
    gateway = await startHarness({ policy: { schema: 1, version: 1, timezone: 'UTC', rules: [], hosts: wide } })
    const { authority } = gateway.gateway.interception
    expect([authority.covers('s3.amazonaws.com'), authority.covers('llm.acme.test')]).toEqual([false, true])
    expect(gateway.log.join()).toContain('too broad')
  })
})
