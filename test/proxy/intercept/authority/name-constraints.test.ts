import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAuthorities } from '../../../../main/proxy/intercept/authority/authority-store.ts'
import {
  openAuthority,
  type CertificateAuthority,
} from '../../../../main/proxy/intercept/authority/certificate-authority.ts'
import { permits, permittedName } from '../../../../main/proxy/intercept/authority/name-constraints.ts'
import { issueLeaf } from '../../../../main/proxy/intercept/authority/x509.ts'
import { serveWithLeaf, tlsProbes } from '../tls-probes.ts'

describe('names that the authority may be constrained to', () => {
  it.each([
    ['api.openai.com', 'api.openai.com'],
    ['API.OpenAI.com.', 'api.openai.com'],
    ['*.openai.azure.com', 'openai.azure.com'],
    ['bedrock-runtime.eu-west-1.amazonaws.com', 'bedrock-runtime.eu-west-1.amazonaws.com'],
    ['europe-west1-aiplatform.googleapis.com', 'europe-west1-aiplatform.googleapis.com'],
    ['llm-box', 'llm-box'],
    ['10.1.2.3', null],
    ['[fd00::1]', null],
  ])('%s gives %s', (host, name) => expect(permittedName(host)).toBe(name))

  it.each([
    'amazonaws.com',
    '*.amazonaws.com',
    '*.googleapis.com',
    'googleapis.com',
    '*.azure.com',
    'com',
    '*.com',
    '*',
    '*.box',
    'bedrock.*.amazonaws.com',
    'a b.com',
    '',
  ])('%s is refused', (host) =>
    expect(() => permittedName(host)).toThrow(expect.objectContaining({ code: 'settings-invalid' })),
  )

  it('a name permits itself and what is below it, nothing that merely ends alike', () => {
    expect(permits(new Set(['openai.azure.com']), 'acme.openai.azure.com')).toBe(true)
    expect(permits(new Set(['api.openai.com']), 'xapi.openai.com')).toBe(false)
  })
})

describe('what real clients make of the constraints', () => {
  let home: string
  let authority: CertificateAuthority
  beforeAll(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-nc-'))
    authority = await openAuthority({ home, hosts: ['api.openai.com', '*.openai.azure.com'], clock: Date.now })
    await authority.extend(['llm.acme.dev'])
  })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  for (const probe of tlsProbes()) {
    const name = probe.available ? probe.name : `${probe.name} (missing here: ${probe.enable})`
    it.skipIf(!probe.available)(
      `${name} accepts a leaf for a permitted host, of either generation`,
      { timeout: 60_000 },
      async () => {
        for (const host of ['api.openai.com', 'acme.openai.azure.com', 'llm.acme.dev']) {
          const server = await serveWithLeaf(await authority.leafFor(host))
          const answer = await probe.connect({ host, port: server.port, caFile: authority.bundlePath })
          server.close()
          expect(answer, answer.output).toMatchObject({ accepted: true })
        }
      },
    )

    it.skipIf(!probe.available)(
      `${name} refuses a leaf that the intermediate signs for another host`,
      { timeout: 60_000 },
      async () => {
        const [issuer] = readAuthorities(home)
        if (!issuer) throw new Error('there is no authority')
        for (const host of ['mail.example.com', 'xapi.openai.com', 'llm.acme.dev']) {
          const server = await serveWithLeaf(await issueLeaf(issuer, host, Date.now(), 86_400_000))
          const answer = await probe.connect({ host, port: server.port, caFile: authority.bundlePath })
          server.close()
          expect(answer, answer.output).toMatchObject({ accepted: false })
        }
      },
    )
  }
})
