import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ControlServer, startControlServer } from '../../main/control/http-server.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { writeRuntimeFile } from '../../main/platform/home/runtime-file.ts'
import { TrustedHosts } from '../../main/policy-source/trusted-hosts.ts'
import { runCli } from '../support/gateway/cli.ts'
import { createTestView, type TestView } from '../support/gateway/control-view.ts'

let home: string
let view: TestView
let server: ControlServer

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  view = await createTestView({ home })
  const named = [
    { host: 'llm.acme.dev', provider: 'openai' },
    { host: 'ml.acme.dev', provider: 'anthropic' },
  ]
  const hosts = new TrustedHosts({
    file: homePaths(home).trustedHosts,
    isRemote: true,
    isKnown: () => false,
    named: () => named,
  })
  const policyHosts = { pending: () => hosts.pending(), trust: async (some: readonly string[]) => hosts.agree(some) }
  server = await startControlServer({
    view: Object.assign(view, { policyHosts }),
    token: 'token',
    port: 0,
    pageFolder: null,
  })
  const control = server.url
  const startedAt = new Date().toISOString()
  writeRuntimeFile(homePaths(home).runtime, {
    pid: process.pid,
    version: '0',
    proxy: 'http://127.0.0.1:1',
    control,
    token: 'token',
    proxyToken: '',
    home,
    startedAt,
  })
})
afterEach(async () => {
  await server.stop()
  view.close()
  rmSync(home, { recursive: true, force: true })
})

it('without a host it says which wait, and agrees to nothing', async () => {
  const { code, stdout } = await runCli(home, ['policy', 'trust-hosts'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/llm\.acme\.dev as openai[\s\S]*ml\.acme\.dev as anthropic[\s\S]*Agree with/)
  expect((await runCli(home, ['status'])).stdout).toContain('not metered until you agree')
  expect((await runCli(home, ['policy', 'show', '--json'])).stdout).toContain('"pendingHosts"')
})

it('agrees to one, or to all', async () => {
  const one = JSON.parse((await runCli(home, ['policy', 'trust-hosts', 'llm.acme.dev', '--json'])).stdout) as unknown
  expect(one).toMatchObject({ schema: 1, trusted: [{ host: 'llm.acme.dev' }], pending: [{ host: 'ml.acme.dev' }] })
  expect((await runCli(home, ['policy', 'trust-hosts', '--all'])).stdout).toContain(
    '✓ ml.acme.dev is metered as anthropic',
  )
  expect((await runCli(home, ['policy', 'trust-hosts'])).stdout).toBe(
    'No host in the policy is waiting for your consent.\n',
  )
})

it('knows no host that does not wait', async () => {
  const { code, stderr } = await runCli(home, ['policy', 'trust-hosts', 'evil.dev'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('evil.dev is not a host waiting for your consent')])
})
