import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAuthorities } from '../../../../main/proxy/intercept/authority/authority-store.ts'
import { openAuthority } from '../../../../main/proxy/intercept/authority/certificate-authority.ts'

const DAY_MS = 86_400_000
const HOSTS = ['api.openai.com', 'api.anthropic.com', '*.openai.azure.com']

let home: string
let nowMs: number
const clock = () => nowMs

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-ca-'))
  nowMs = Date.parse('2026-11-23T12:00:00Z')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

describe('the certificate authority', () => {
  it('keeps its files from everybody else, and the key of a root nowhere', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const folder = path.join(home, 'ca')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(authority.bundlePath, 'utf8')).toBe(authority.bundle())
    const everything = readdirSync(folder)
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('')
    const keys = everything.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? []
    expect(keys).toHaveLength(1)
    const [stored] = readAuthorities(home)
    const root = new X509Certificate(stored?.rootPem ?? '')
    expect(keys.every((key) => !root.checkPrivateKey(createPrivateKey(key.replaceAll('\\n', '\n'))))).toBe(true)
  })

  it('signs leaves that live at most 45 days and chain to the bundle', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const leaf = await authority.leafFor('api.openai.com')
    const [certificate, intermediate] = certificatesOf(leaf.chainPem)
    const root = new X509Certificate(authority.bundle())
    expect(certificate?.subjectAltName).toBe('DNS:api.openai.com')
    expect(Date.parse(certificate?.validTo ?? '') - Date.parse(certificate?.validFrom ?? '')).toBeLessThanOrEqual(
      45 * DAY_MS,
    )
    expect(certificate?.verify((intermediate as X509Certificate).publicKey)).toBe(true)
    expect(intermediate?.verify(root.publicKey)).toBe(true)
    expect(certificate?.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })

  it('opened again it is the same', async () => {
    const first = await openAuthority({ home, hosts: HOSTS, clock })
    const second = await openAuthority({ home, hosts: HOSTS, clock })
    expect(second.bundle()).toBe(first.bundle())
  })

  it('opened by several at once it is one', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => openAuthority({ home, hosts: HOSTS, clock })))
    expect(new Set(all.map((authority) => authority.bundle())).size).toBe(1)
    expect(all[0]?.show()).toHaveLength(1)
  })

  it('keeps a leaf, and replaces it before it ends', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const first = await authority.leafFor('api.openai.com')
    expect((await authority.leafFor('API.openai.com.')).chainPem).toBe(first.chainPem)
    nowMs += 25 * DAY_MS
    const later = await authority.leafFor('api.openai.com')
    expect(later.chainPem).not.toBe(first.chainPem)
    expect(later.expiresAtMs).toBeGreaterThan(first.expiresAtMs)
  })

  it('gives a new host an authority of its own beside the first, which old hosts keep', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const before = authority.bundle()
    const oldLeaf = await authority.leafFor('api.openai.com')
    expect(authority.covers('llm.acme.dev')).toBe(false)
    await expect(authority.leafFor('llm.acme.dev')).rejects.toMatchObject({ code: 'not-allowed' })

    expect(await authority.extend(['llm.acme.dev'])).toBe(true)
    expect(authority.covers('llm.acme.dev')).toBe(true)
    expect(authority.bundle().startsWith(before)).toBe(true)
    expect(readFileSync(authority.bundlePath, 'utf8')).toBe(authority.bundle())
    expect(authority.show().map((one) => one.hosts)).toEqual([
      expect.arrayContaining(['api.openai.com']),
      ['llm.acme.dev'],
    ])
    expect(issuerOf(await authority.leafFor('api.openai.com'))).toBe(issuerOf(oldLeaf))
    expect(issuerOf(await authority.leafFor('llm.acme.dev'))).not.toBe(issuerOf(oldLeaf))
    expect(await authority.extend(['llm.acme.dev'])).toBe(false)
  })

  it('rotates: one new generation for everything, the old keys gone, seen by whoever else has it open', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const gateway = await openAuthority({ home, hosts: ['llm.acme.dev'], clock })
    const old = gateway.bundle()
    const oldLeaf = await gateway.leafFor('api.openai.com')
    await authority.rotate()
    expect(authority.show()).toHaveLength(1)
    expect(authority.covers('llm.acme.dev')).toBe(true)
    expect(old).not.toContain(authority.bundle())
    expect(gateway.bundle()).toBe(authority.bundle())
    expect(issuerOf(await gateway.leafFor('api.openai.com'))).not.toBe(issuerOf(oldLeaf))
    expect(readAuthorities(home)).toHaveLength(1)
  })

  it('has a successor in the bundle long before it ends, and signs with the old one until then', async () => {
    const authority = await openAuthority({ home, hosts: HOSTS, clock })
    const first = issuerOf(await authority.leafFor('api.openai.com'))
    nowMs += (730 - 80) * DAY_MS
    const late = await openAuthority({ home, hosts: HOSTS, clock })
    expect(late.show()).toHaveLength(2)
    expect(issuerOf(await late.leafFor('api.openai.com'))).toBe(first)
    nowMs += 70 * DAY_MS
    expect(issuerOf(await late.leafFor('api.openai.com'))).not.toBe(first)
    nowMs += 20 * DAY_MS
    const last = await openAuthority({ home, hosts: HOSTS, clock })
    expect(last.show()).toHaveLength(1)
    expect(readAuthorities(home)).toHaveLength(1)
  })

  it('never covers an address', async () => {
    const authority = await openAuthority({ home, hosts: [...HOSTS, '10.0.0.7', '[::1]'], clock })
    for (const address of ['10.0.0.7', '127.0.0.1', '[::1]', '::1']) expect(authority.covers(address)).toBe(false)
  })
})

function certificatesOf(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  )
}
function issuerOf(leaf: { chainPem: string }): string {
  return certificatesOf(leaf.chainPem)[0]?.issuer ?? ''
}
