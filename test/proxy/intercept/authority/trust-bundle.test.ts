import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAuthority } from '../../../../main/proxy/intercept/authority/certificate-authority.ts'
import { authorityHosts } from '../../../../main/proxy/intercept/authority/model-hosts.ts'
import { publishBundle } from '../../../../main/proxy/intercept/authority/trust-bundle.ts'
import { createIssuer } from '../../../../main/proxy/intercept/authority/x509.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-bundle-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const read = (file: string) => readFileSync(file, 'utf8')

describe('bundles of certificates', () => {
  it('hold what was trusted before and our roots, also those that come later', async () => {
    const authority = await openAuthority({ home, hosts: ['api.openai.com'], clock: Date.now })
    const company = path.join(home, 'company.pem')
    const { rootPem } = await createIssuer(['acme.dev'], Date.now(), 86_400_000)
    writeFileSync(company, `# our own\n${rootPem}`)
    const added = publishBundle(home, { kind: 'added', sources: [company] })
    const full = publishBundle(home, { kind: 'full', sources: [company, '/nowhere.pem'] })
    for (const file of [added, full]) {
      expect(read(file)).toContain(rootPem.trim())
      expect(read(file)).toContain(authority.bundle().trim())
      expect(statSync(file).mode & 0o777).toBe(0o600)
    }
    expect(read(full).match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50)

    await authority.extend(['llm.acme.dev'])
    for (const file of [added, full, authority.bundlePath])
      for (const root of authority.bundle().split(/(?<=-----END CERTIFICATE-----\n)/))
        expect(read(file)).toContain(root.trim())
    expect(publishBundle(home, { kind: 'added', sources: [company] })).toBe(added)
  })

  it('nothing to merge: our roots as they are', () =>
    expect(publishBundle(home, { kind: 'added', sources: [] })).toBe(path.join(home, 'ca', 'roots.pem')))
})

describe('the hosts of an authority', () => {
  it('clouds are written out region by region', () => {
    const { hosts, tooWide } = authorityHosts([
      'api.openai.com',
      'bedrock-runtime.*.amazonaws.com',
      '*-aiplatform.googleapis.com',
      '*.openai.azure.com',
      '*.amazonaws.com',
      '*.googleapis.com',
      '10.0.0.7',
    ])
    expect(hosts).toEqual(
      expect.arrayContaining([
        'api.openai.com',
        'bedrock-runtime.eu-west-1.amazonaws.com',
        'europe-west4-aiplatform.googleapis.com',
        '*.openai.azure.com',
      ]),
    )
    expect(tooWide).toEqual(['*.amazonaws.com', '*.googleapis.com'])
    expect(hosts.filter((host) => host.includes('*'))).toEqual(['*.openai.azure.com'])
  })
})
