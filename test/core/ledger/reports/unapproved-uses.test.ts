import { describe, expect, test } from 'vitest'
import { UnapprovedUses } from '../../../../main/core/ledger/reports/unapproved-uses.ts'
import {
  isOtherModelHost,
  looksLikeModelBody,
  looksLikeModelPath,
  OTHER_MODEL_HOSTS,
} from '../../../../main/core/providers/other-model-hosts.ts'
import { providerForHost } from '../../../../main/core/providers/registry.ts'

const AT = Date.parse('2026-11-23T12:00:00Z')
const use = (changes = {}) => ({
  host: 'api.replicate.com',
  process: 'python agent.py',
  atMs: AT,
  calls: 1,
  bytes: 0,
  why: 'not-spoken' as const,
  ...changes,
})

describe('uses that nobody approved', () => {
  test('a thousand uses are a dozen events that add up', () => {
    const uses = new UnapprovedUses()
    const events = Array.from({ length: 1_000 }, () => uses.add(use({ bytes: 10 }))).filter((event) => event !== null)
    expect(events.length).toBeLessThan(15)
    const all = [...events, ...uses.rest()]
    expect(all.reduce((sum, { calls = 0 }) => sum + calls, 0)).toBe(1_000)
    expect(all.reduce((sum, { bytes = 0 }) => sum + bytes, 0)).toBe(10_000)
    expect(uses.rest()).toEqual([])
    const again = new UnapprovedUses()
    for (const event of all) again.restore(event, AT)
    expect(again.hosts(AT)).toEqual(uses.hosts(AT))
  })

  test('hosts show who used them, the latest first, and are forgotten after a week', () => {
    const uses = new UnapprovedUses()
    uses.add(use({ atMs: AT - 8 * 86_400_000, host: 'api.you.com' }))
    uses.add(use({ atMs: AT - 2_000 }))
    uses.add(use({ atMs: AT - 1_000, process: 'node a.js' }))
    uses.add(use({ atMs: AT, host: 'fal.run' }))
    expect(
      uses
        .hosts(AT)
        .map(({ host, calls, lastProcess, processes }) => ({ host, calls, lastProcess, by: processes.length })),
    ).toEqual([
      { host: 'fal.run', calls: 1, lastProcess: 'python agent.py', by: 1 },
      { host: 'api.replicate.com', calls: 2, lastProcess: 'node a.js', by: 2 },
    ])
  })

  test('a program that asks everybody cannot fill the memory', () => {
    const uses = new UnapprovedUses()
    for (let index = 0; index < 2_000; index += 1) uses.add(use({ host: `h${index}.example` }))
    expect(uses.hosts(AT)).toHaveLength(500)
  })
})

describe('what looks like a model', () => {
  test('no host that is spoken here is on the table of those that are not', () => {
    const hosts = OTHER_MODEL_HOSTS.map((pattern) => pattern.replace('*', 'us-east-1'))
    expect(hosts.filter((host) => providerForHost(host) !== null)).toEqual([])
    expect(hosts.filter((host) => !isOtherModelHost(host))).toEqual([])
    expect(['github.com', 'registry.example.com', 's3.us-east-1.amazonaws.com'].filter(isOtherModelHost)).toEqual([])
  })

  test('paths and bodies', () => {
    const looks = (path: string, method = 'POST') => looksLikeModelPath({ method, path })
    expect(
      ['/v1/chat/completions', '/v1/messages', '/api/generate', '/models/x:generateContent'].map((path) => looks(path)),
    ).toEqual([true, true, true, true])
    expect([looks('/v1/chat/completions', 'GET'), looks('/api/users'), looks('/v1/messages/list')]).toEqual([
      false,
      false,
      false,
    ])
    expect(looksLikeModelBody('{"model":"llama","messages":[]}')).toBe(true)
    expect(looksLikeModelBody('{"model":"T","colour":"red"}')).toBe(false)
    expect(looksLikeModelBody('model=llama&prompt=x')).toBe(false)
  })
})
