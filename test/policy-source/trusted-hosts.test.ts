import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TrustedHosts, type TrustedHostsOptions } from '../../main/policy-source/trusted-hosts.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-hosts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const named = [
  { host: 'llm.acme.dev', provider: 'openai' },
  { host: '*.ml.acme.dev', provider: 'anthropic' },
  { host: 'api.openai.com', provider: 'openai' },
]
const open = (changes: Partial<TrustedHostsOptions> = {}) =>
  new TrustedHosts({
    file: path.join(folder, 'trusted-hosts.json'),
    isRemote: true,
    isKnown: (host) => host === 'api.openai.com',
    named: () => named,
    ...changes,
  })
const names = (hosts: readonly { host: string }[]) => hosts.map(({ host }) => host)

it('of a remote policy wait until they are agreed to, for good', () => {
  const hosts = open()
  expect(names(hosts.pending())).toEqual(['llm.acme.dev', '*.ml.acme.dev'])
  expect(names(hosts.trusted())).toEqual(['api.openai.com'])
  expect(names(hosts.agree(['LLM.acme.dev', 'never.named.dev']))).toEqual(['llm.acme.dev'])
  expect(names(hosts.pending())).toEqual(['*.ml.acme.dev'])
  expect(names(open().trusted())).toEqual(['llm.acme.dev', 'api.openai.com'])
  expect(statSync(path.join(folder, 'trusted-hosts.json')).mode & 0o777).toBe(0o600)
})

it('that are agreed to are what they were: another name is another question', () => {
  open().agree(['llm.acme.dev'])
  const widened = open({ named: () => [{ host: '*.acme.dev', provider: 'openai' }] })
  expect(names(widened.pending())).toEqual(['*.acme.dev'])
})

it('that nobody has named cannot be agreed to beforehand', () => {
  open({ named: () => [] }).agree(['llm.acme.dev'])
  expect(names(open().pending())).toContain('llm.acme.dev')
})

it('of one’s own file need no consent', () => expect(open({ isRemote: false }).pending()).toEqual([]))

it('a damaged file is no consent', () => {
  writeFileSync(path.join(folder, 'trusted-hosts.json'), '{"schema":1,"hosts":"all"}')
  expect(names(open().pending())).toHaveLength(2)
})
