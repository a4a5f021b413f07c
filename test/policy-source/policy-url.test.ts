import { describe, expect, it } from 'vitest'
import { policyText } from '../support/providers/policy-server.ts'
import { changesOf, usePolicySources } from '../support/providers/policy-sources.ts'

const sources = usePolicySources()

describe('a policy from a URL', () => {
  it('is in force once it was fetched, and asked for again by its ETag', async () => {
    sources.server.text = policyText(14)
    const source = await sources.open()
    const changes = changesOf(source)
    await source.start()
    expect(source.current()).toMatchObject({
      policy: { version: 14 },
      gate: 'ok',
      status: { state: 'in-force', version: 14, lastError: null },
    })
    expect(await source.refresh()).toBe('unchanged')
    expect(sources.server.requests.map(({ status }) => status)).toEqual([200, 304])
    expect(changes).toEqual([
      { rules: true, event: { type: 'policy.changed', source: sources.server.url, version: 14, rules: 1 } },
    ])
  })

  it('is asked for by whoever asks', async () => {
    sources.server.text = policyText(1)
    await (await sources.open({ url: `${sources.server.url}/{developer}?team=web` })).start()
    expect(sources.server.requests[0]?.url).toBe('/policy/ada%40acme.dev?team=web')
  })

  it('shows no secret of its URL', async () => {
    const source = await sources.open({ url: `${sources.server.url.replace('//', '//user:pw@')}?token=secret` })
    expect(source.current().status.source).toBe(`${sources.server.url}?…`)
  })

  it('goes to a higher version at once', async () => {
    sources.server.text = policyText(14)
    const source = await sources.open()
    await source.start()
    sources.server.text = policyText(15, { rules: [] })
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
    ['garbage', () => '<html>', 'policy-invalid', 'not JSON'],
    ['a mistyped key', () => policyText(15, { timezon: 'UTC' }), 'policy-invalid', 'did you mean "timezone"?'],
  ])('stays in force against %s', async (_name, text, code, message) => {
    sources.server.text = policyText(14)
    const source = await sources.open()
    await source.start()
    const changes = changesOf(source)
    sources.server.text = text()
    expect(await source.refresh()).toBe('rejected')
    expect(await source.refresh()).toBe('rejected')
    expect(source.current()).toMatchObject({
      policy: { version: 14, rules: [{ id: 'daily' }] },
      gate: 'ok',
      status: { state: 'in-force', lastError: { code, message: expect.stringContaining(message) } },
    })
    expect(changes).toEqual([{ rules: false, event: expect.objectContaining({ type: 'policy.rejected', code }) }])
    sources.server.text = policyText(14)
    expect(await source.refresh()).toBe('unchanged')
    expect(source.current().status.lastError).toBeNull()
  })

  it('remembers through an outage that what its source shows was rejected', async () => {
    sources.server.text = policyText(14)
    const source = await sources.open()
    await source.start()
    sources.server.text = 'garbage'
    await source.refresh()
    sources.server.status = 500
    expect(await source.refresh()).toBe('unreachable')
    sources.server.status = 200
    expect(await source.refresh()).toBe('rejected')
    expect(sources.server.requests.at(-1)?.status).toBe(304)
    expect(source.current().status.lastError?.code).toBe('policy-invalid')
  })

  it('is not read on for ever', async () => {
    sources.server.text = 'x'.repeat(1024 * 1024 + 1)
    const source = await sources.open()
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-unavailable',
      message: expect.stringContaining('longer than'),
    })
  })
})
