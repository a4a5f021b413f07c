import { statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { policyText } from '../support/providers/policy-server.ts'
import { usePolicySources } from '../support/providers/policy-sources.ts'

const sources = usePolicySources()

describe('without its source', () => {
  it('the last known good policy holds, over a restart, until it expires', async () => {
    sources.server.text = policyText(14, { expiresAt: '2026-11-24T00:00:00Z' })
    await (await sources.open()).start()
    expect(statSync(path.join(sources.folder, 'last-policy.json')).mode & 0o777).toBe(0o600)
    sources.server.status = 500
    const source = await sources.open()
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
    sources.nowMs = Date.parse('2026-11-24T00:00:00Z')
    expect(source.current()).toMatchObject({ policy: { version: 14 }, gate: 'ok', status: { state: 'expired' } })
  })

  it('an expired policy that fails closed closes the gate, and opens it when a new one comes', async () => {
    const closed = { onUnavailable: { policy: 'closed' } }
    sources.server.text = policyText(14, { ...closed, expiresAt: '2026-11-23T12:00:00Z' })
    const source = await sources.open()
    await source.start()
    expect(source.current()).toMatchObject({ gate: 'closed', status: { state: 'expired' } })
    sources.server.text = policyText(15, { ...closed, expiresAt: '2026-12-23T12:00:00Z' })
    await source.refresh()
    expect(source.current()).toMatchObject({ gate: 'ok', status: { state: 'in-force' } })
  })

  it.each([
    ['open', 'ok'],
    ['closed', 'closed'],
  ] as const)('and with none ever fetched, the settings decide: %s', async (onFirstFetch, gate) => {
    sources.server.status = 503
    const source = await sources.open({ onFirstFetch })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, gate, status: { state: 'none', version: null } })
  })

  it('does not hold what another source had said', async () => {
    sources.server.text = policyText(14)
    await (await sources.open()).start()
    const source = await sources.open({ url: `${sources.server.url}/other` })
    expect(source.current().policy).toBeNull()
  })

  it('says that no policy is configured by saying nothing', async () => {
    const source = await sources.open({ url: null, onFirstFetch: 'closed' })
    await source.start()
    expect(await source.refresh()).toBe('none')
    expect(source.current()).toMatchObject({
      policy: null,
      gate: 'ok',
      status: { source: null, state: 'none', lastError: null },
    })
  })

  it('closes in the middle of a look', async () => {
    sources.server.text = policyText(1)
    const source = await sources.open()
    const look = source.refresh()
    source.close()
    expect(await look).toBe('none')
  })
})
