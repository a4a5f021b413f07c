import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStandIn } from '../../../../main/cli/environment/gateway/unmetered-stand-in.ts'
import { gatewayElsewhere } from '../../../../main/cli/environment/gateway/hand-on.ts'
import { gatewayFailureMode } from '../../../../main/cli/environment/gateway/gateway-failure-mode.ts'
import { type Watch, watchGateway } from '../../../../main/cli/environment/gateway/watch-gateway.ts'
import { homePaths } from '../../../../main/platform/home/paths.ts'
import { writeRuntimeFile } from '../../../../main/platform/home/runtime-file.ts'
import { noteGap, takeGaps } from '../../../../main/platform/home/gap-file.ts'
import { writeLastKnownGood } from '../../../../main/policy-source/last-known-good.ts'
import { gatewayEvents } from '../../../../main/ledger/queries/call-queries.ts'
import { settingsSchema } from '../../../../shared/rules/settings.ts'
import { startHarness } from '../../../support/gateway/gateway-harness.ts'
import { openTunnel } from '../../../proxy/intercept/proxy-harness.ts'

let home: string
let upstream: { url: string; seen: string[]; close(): void }
const watches: Watch[] = []

beforeEach(async () => {
  home = path.join(mkdtempSync(path.join(tmpdir(), 'allowance-stand-in-')), 'home')
  mkdirSync(home)
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'x-own': 'yes' })
    request.pipe(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  upstream = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close: () => server.close() }
})
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop()
  upstream.close()
  rmSync(path.dirname(home), { recursive: true, force: true })
})

const settings = () => settingsSchema.parse({ upstreams: { openai: upstream.url } })
const post = (url: string, body: string) => fetch(url, { method: 'POST', body })

async function freePort(): Promise<number> {
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a stand-in', () => {
  it('passes base URLs, tunnels and plain HTTP, and is no gateway to those who ask', async () => {
    const port = await freePort()
    const standIn = await openStandIn({ host: '127.0.0.1', port, settings: settings(), env: {} })
    expect(standIn).not.toBeNull()
    const url = `http://127.0.0.1:${port}`
    const answer = await post(`${url}/@project=web/openai/v1/chat/completions?x=1`, 'hello')
    expect([answer.status, answer.headers.get('x-own'), await answer.text()]).toEqual([200, 'yes', 'hello'])
    expect(upstream.seen).toEqual(['POST /v1/chat/completions?x=1'])

    const tag = Buffer.from(`${upstream.url}/mine`).toString('base64url')
    expect(await (await post(`${url}/@upstream-openai=${tag}/openai/v1/x`, 'b')).text()).toBe('b')
    expect(upstream.seen.at(-1)).toBe('POST /mine/v1/x')

    const { socket } = await openTunnel(port, new URL(upstream.url).host)
    socket.write('GET /through HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await once(socket, 'data')
    expect(upstream.seen.at(-1)).toBe('GET /through')
    socket.destroy()

    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toMatchObject([503, { ok: false, bridge: true }])
    expect((await post(`${url}/no-such-provider/x`, '')).status).toBe(404)
    standIn?.close()
  })

  it('does not take a port that somebody has', async () => {
    const port = Number(new URL(upstream.url).port)
    expect(await openStandIn({ host: '127.0.0.1', port, settings: settings(), env: {} })).toBeNull()
  })
})

describe('runs that watch a gateway', () => {
  it('one of them stands in when it stops, gives the port back to the next, and the gap is in its books', async () => {
    const first = await startHarness()
    const port = Number(new URL(first.url).port)
    const watching = {
      host: '127.0.0.1',
      port,
      settings: settings(),
      env: {},
      home,
      failureMode: () => 'open' as const,
    }
    for (const _ of [1, 2, 3]) watches.push(watchGateway(watching))
    await first.stop()
    await expect
      .poll(
        () =>
          fetch(`${first.url}/health`).then(
            (answer) => answer.status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(503)
    expect(await (await post(`${first.url}/openai/v1/x`, 'during')).text()).toBe('during')

    const second = await startHarness({ home, settings: { port } })
    expect(second.url).toBe(first.url)
    expect((await fetch(`${second.url}/health`)).status).toBe(200)
    await expect
      .poll(() => gatewayEvents(second.gateway.books.ledger.store.database, ['gap.recorded'], 0).length)
      .toBeGreaterThan(0)
    // On a busy machine a second run may take the port between the two gateways: each that did has its own gap.
    const stoodIn = watches.map((watch) => watch.stop()).filter((unmeteredMs) => unmeteredMs > 0)
    const gaps = gatewayEvents(second.gateway.books.ledger.store.database, ['gap.recorded'], 0)
    expect(gaps.length).toBeGreaterThanOrEqual(stoodIn.length)
    expect(stoodIn.length).toBeGreaterThan(0)
    await second.stop()
  })

  it('the stand-in hands on to a gateway that came up on another port, as who they are', async () => {
    const first = await startHarness()
    const port = Number(new URL(first.url).port)
    const place = { host: '127.0.0.1', port, settings: settings(), env: {}, home, failureMode: () => 'open' as const }
    const watch = watchGateway(place)
    watches.push(watch)
    await first.stop()
    const health = () =>
      fetch(`${first.url}/health`).then(
        (answer) => answer.status,
        () => 0,
      )
    await expect.poll(health, { timeout: 10_000 }).toBe(503)
    expect(await (await post(`${first.url}/openai/v1/x`, 'during')).text()).toBe('during')

    const second = await startHarness({ home })
    expect(second.url).not.toBe(first.url)
    const facts = { pid: process.pid, version: '0', control: '', token: '', proxyToken: '', home, startedAt: '' }
    writeRuntimeFile(homePaths(home).runtime, { ...facts, proxy: second.url })
    await expect.poll(health, { timeout: 5_000 }).toBe(200)
    const body = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] })
    const json = ['-H', 'content-type: application/json', '-H', 'authorization: Bearer k']
    const folder = path.dirname(home)
    const ask = (session: string, ...args: string[]) =>
      execFile(
        'curl',
        ['-sS', ...json, '-d', body, ...args],
        { cwd: folder, env: { PATH: process.env['PATH'] } },
        () => session,
      )
    ask('base', `${first.url}/@session=base/openai/v1/chat/completions`)
    const trust = second.gateway.interception.authority.bundlePath
    ask(
      'connect',
      '-x',
      first.url.replace('://', '://session=connect:x@'),
      '--cacert',
      trust,
      'https://api.openai.com/v1/chat/completions',
    )
    for (const session of ['base', 'connect']) {
      const record = await second.waitFor((one) => one.state === 'settled' && one.attribution.session === session)
      if (process.platform === 'linux')
        expect(record.attribution.process).toMatchObject({ command: 'curl', cwd: folder })
    }
    const gaps = () => gatewayEvents(second.gateway.books.ledger.store.database, ['gap.recorded'], 0)
    await expect.poll(() => gaps().length, { timeout: 5_000 }).toBe(1)
    expect(watch.stop()).toBeGreaterThan(0)

    // What it hands on to is gone again: traffic passes as before.
    await second.stop()
  })

  it('nobody stands in for a gateway whose process lives', async () => {
    const port = await freePort()
    const owner = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await once(owner, 'spawn')
    const facts = { version: '0', control: '', token: '', proxyToken: '', home, startedAt: '' }
    writeRuntimeFile(homePaths(home).runtime, { ...facts, pid: owner.pid!, proxy: `http://127.0.0.1:${port}` })
    const looks = vi.spyOn(process, 'kill')
    let isDead = false
    let asked = () => {}
    const wasAsked = new Promise<boolean>((resolve) => (asked = () => resolve(isDead)))
    const failureMode = () => {
      asked()
      return 'closed' as const
    }
    watches.push(watchGateway({ host: '127.0.0.1', port, settings: settings(), env: {}, home, failureMode }))
    await expect
      .poll(() => looks.mock.calls.filter(([pid, signal]) => pid === owner.pid && signal === 0).length, {
        timeout: 5_000,
      })
      .toBeGreaterThan(2)
    looks.mockRestore()
    isDead = true
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(await wasAsked).toBe(true)
  })

  it('nothing passes when the policy fails closed', async () => {
    const port = await freePort()
    let asked = () => {}
    const wasAsked = new Promise<void>((resolve) => (asked = resolve))
    const failureMode = () => {
      asked()
      return 'closed' as const
    }
    watches.push(watchGateway({ host: '127.0.0.1', port, settings: settings(), env: {}, home, failureMode }))
    await wasAsked
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed')
  })
})

describe('what a stand-in hands on', () => {
  it('goes its own way when nobody is there after all, and a stand-in that others reach gives a gateway without a token nothing', async () => {
    const port = await freePort()
    const gone = { host: '127.0.0.1', port: await freePort() }
    const standIn = await openStandIn({ host: '127.0.0.1', port, settings: settings(), env: {}, elsewhere: () => gone })
    expect(await (await post(`http://127.0.0.1:${port}/openai/v1/x`, 'alone')).text()).toBe('alone')
    standIn?.close()
    const facts = { pid: process.pid, version: '0', control: '', token: '', home, startedAt: '' }
    const at = (proxyToken: string) =>
      writeRuntimeFile(homePaths(home).runtime, { ...facts, proxy: 'http://0.0.0.0:4199', proxyToken })
    at('')
    expect(gatewayElsewhere(home, { host: '10.0.0.5', port })).toBeNull()
    expect(gatewayElsewhere(home, { host: '127.0.0.1', port })).toEqual({ host: '127.0.0.1', port: 4199 })
    expect(gatewayElsewhere(home, { host: '127.0.0.1', port: 4199 })).toBeNull()
    at('token')
    expect(gatewayElsewhere(home, { host: '10.0.0.5', port })).toEqual({ host: '127.0.0.1', port: 4199 })
  })

  it('beyond this machine needs the token, and without one there is no stand-in', async () => {
    const port = await freePort()
    expect(await openStandIn({ host: '0.0.0.0', port, settings: settings(), env: {} })).toBeNull()
    const standIn = await openStandIn({ host: '0.0.0.0', port, proxyToken: 'the-token', settings: settings(), env: {} })
    const url = `http://127.0.0.1:${port}`
    expect((await post(`${url}/openai/v1/x`, 'b')).status).toBe(401)
    expect(await (await post(`${url}/@token=the-token/openai/v1/x`, 'b')).text()).toBe('b')
    expect((await openTunnel(port, new URL(upstream.url).host)).head).toMatch(/^HTTP\/1\.1 407/)
    standIn?.close()
  })
})

describe('what a run knows of the policy', () => {
  const file = () => path.join(home, 'last-policy.json')
  const write = (text: string) => writeLastKnownGood(file(), { source: 's', fetchedAtMs: 0, text })
  it('is the last one that was accepted, signed or not', () => {
    expect(gatewayFailureMode(file())).toBe('open')
    write('{"onUnavailable":{"gateway":"closed"}}')
    expect(gatewayFailureMode(file())).toBe('closed')
    write(`e30.${Buffer.from('{"onUnavailable":{"gateway":"closed"}}').toString('base64url')}.sig`)
    expect(gatewayFailureMode(file())).toBe('closed')
    write('nonsense')
    expect(gatewayFailureMode(file())).toBe('open')
  })
})

describe('the note of a gap', () => {
  it('is read once', () => {
    noteGap(home, { fromMs: 1, untilMs: 2, reason: 'r' })
    expect(takeGaps(home)).toEqual([{ fromMs: 1, untilMs: 2, reason: 'r' }])
    expect(takeGaps(home)).toEqual([])
    noteGap('/nowhere/at/all', { fromMs: 1, untilMs: 2, reason: 'r' })
  })
})
