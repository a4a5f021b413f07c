import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { createLogger } from '../../../main/platform/system/logger.ts'
import { type RunningGateway, runGateway } from '../../../main/gateway/run-gateway.ts'
import type { Check } from '../../../main/cli/doctor/doctor-facts.ts'
import { runCli } from '../../support/gateway/cli.ts'

let home: string
let gateway: RunningGateway | null = null
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(async () => {
  await gateway?.stop('test over')
  gateway = null
  rmSync(home, { recursive: true, force: true })
})

async function start(): Promise<RunningGateway> {
  // Where a call would go that was not answered by the gateway itself: nowhere.
  const settings = settingsSchema.parse({
    port: 0,
    controlPort: 0,
    developer: 'ada@acme.dev',
    upstreams: { openai: 'http://127.0.0.1:9' },
  })
  const logger = createLogger({ write: () => {}, clock: () => Date.now() })
  gateway = await runGateway({ settings, home, version: 'test', env: {}, logger, tokenWorkerPath: null })
  return gateway
}

async function examine(
  env: Record<string, string> = {},
): Promise<{ code: number; ok: boolean; checks: Check[]; clients: { name: string }[] }> {
  const { code, stdout } = await runCli(home, ['doctor', '--json'], env)
  return { code, ...JSON.parse(stdout) }
}

describe('allowance doctor', () => {
  test('goes every way through a gateway that is well, with real programs, and asks no provider', async () => {
    await start()
    const { code, ok, checks, clients } = await examine()
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    const trips = checks.filter(({ id }) => id.startsWith('trip:')).map(({ id, status }) => `${id} ${status}`)
    expect(trips).toEqual(
      expect.arrayContaining([
        'trip:doctor:base-url ok',
        'trip:doctor:connect ok',
        'trip:doctor:blind-tunnel ok',
        'trip:curl:connect ok',
        'trip:curl:base-url ok',
        'trip:node:base-url ok',
      ]),
    )
    expect(clients.map(({ name }) => name)).toContain('curl')
  }, 40_000)

  test('without a gateway says so, with the way to one, and makes no home', async () => {
    rmSync(home, { recursive: true })
    // Not the port that a gateway of this machine may have.
    const env = { ALLOWANCE_PORT: String(await freePort()) }
    const { stdout, code } = await runCli(home, ['doctor', '--explain'], env)
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ gateway +not running\n.*\n +→ allowance serve/)
    expect(stdout).toContain('1 thing is broken.')
  })

  test('finds a variable that points at a port where nothing listens any more', async () => {
    await start()
    const dead = await freePort()
    const { code, checks } = await examine({ HTTPS_PROXY: `http://127.0.0.1:${dead}` })
    expect(code).toBe(1)
    expect(checks.find(({ id }) => id === 'stale:HTTPS_PROXY')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('allowance off'),
    })
  }, 40_000)

  test.skipIf(process.platform === 'win32')(
    'finds a home that others can read',
    async () => {
      await start()
      chmodSync(home, 0o755)
      const { checks } = await examine()
      expect(checks[0]).toMatchObject({ id: 'home', status: 'fail' })
    },
    40_000,
  )
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
