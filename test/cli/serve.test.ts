import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRuntimeFile } from '../../main/platform/home/runtime-file.ts'
import { homePaths } from '../../main/platform/home/paths.ts'
import { runCli, type RunningCli, startCli } from '../support/gateway/cli.ts'
import { policyText } from '../support/providers/policy-server.ts'

const FREE_PORTS = ['--port', '0', '--control-port', '0']

let home: string
const running: RunningCli[] = []

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.stop()
    await one.result
  }
  rmSync(home, { recursive: true, force: true })
})

function serve(...args: string[]): RunningCli {
  const cli = startCli(home, ['serve', ...FREE_PORTS, ...args])
  running.push(cli)
  return cli
}

async function ready(cli: RunningCli): Promise<{ pid: number; proxy: string; control: string; home: string }> {
  const [line = ''] = await cli.lines(1)
  return JSON.parse(line) as { pid: number; proxy: string; control: string; home: string }
}

describe('serve', () => {
  it('says in one line that it is ready, can be found, and leaves in order', async () => {
    const cli = serve('--json')
    const line = await ready(cli)
    expect(line).toEqual({
      schema: 1,
      ready: true,
      pid: process.pid,
      proxy: expect.any(String),
      control: expect.any(String),
      home,
    })
    const { runtime } = homePaths(home)
    expect(statSync(runtime).mode & 0o777).toBe(0o600)
    expect(readRuntimeFile(runtime)).toMatchObject({ proxy: line.proxy, control: line.control })
    expect(await (await fetch(`${line.proxy}/health`)).json()).toEqual({ ok: true })
    expect(await (await fetch(`${line.control}/health`)).json()).toEqual({ ok: true })
    expect((await runCli(home, ['status'])).stdout).toContain('no cap')
    cli.stop()
    expect(await cli.result).toMatchObject({ code: 0, stdout: `${JSON.stringify(line)}\n` })
    expect(existsSync(runtime)).toBe(false)
    await expect(fetch(`${line.proxy}/health`)).rejects.toThrow('fetch failed')
  })

  it('tells a person what to open and what to paste', async () => {
    const policyFile = path.join(home, 'policy.json')
    writeFileSync(policyFile, policyText(3))
    const [text] = [(await serve('--policy', policyFile).lines(14)).join('\n')]
    expect(text).toMatch(/Dashboard +http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43} /)
    expect(text).toContain(`version 3 from ${policyFile}`)
    expect(text).toMatch(/eval "\$\(ALLOWANCE_HOME=.+ env\)"/)
    expect(text).toMatch(/export OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/openai\/v1/)
  })

  it('is one a home', async () => {
    await ready(serve('--json'))
    const second = await runCli(home, ['serve', ...FREE_PORTS, '--json'])
    expect(second.code).toBe(1)
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: 'already-running' } })
  })

  it('with --ephemeral leaves nothing', async () => {
    const cli = serve('--ephemeral', '--json')
    const line = await ready(cli)
    expect(line.home).not.toBe(home)
    expect(readdirSync(line.home)).toContain('ledger.sqlite')
    cli.stop()
    await cli.result
    expect(existsSync(line.home)).toBe(false)
    expect(readdirSync(home)).toEqual([])
  })

  it('says which port is taken, and gives back what it had', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    for (const flag of ['--port', '--control-port']) {
      const failed = await runCli(home, ['serve', ...FREE_PORTS, flag, String(port), '--json'])
      expect(failed.code).toBe(1)
      expect(JSON.parse(failed.stdout)).toMatchObject({
        error: { code: 'port-busy', message: expect.stringContaining(String(port)) },
      })
    }
    await ready(serve('--json'))
    blocker.close()
  })

  it('does not start on settings that are wrong', async () => {
    writeFileSync(path.join(home, 'settings.json'), '{"prot":1}')
    const { code, stderr } = await runCli(home, ['serve', ...FREE_PORTS])
    expect(code).toBe(1)
    expect(stderr).toContain('did you mean "port"?')
  })
})
