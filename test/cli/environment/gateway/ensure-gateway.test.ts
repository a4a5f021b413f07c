import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RuntimeFile } from '../../../../shared/contract/contract.ts'
import { ensureGateway, healthy } from '../../../../main/cli/environment/gateway/ensure-gateway.ts'

/** The port that a gateway usually has is another program's. */
const FAKE = [process.execPath, path.resolve('test/cli/environment/fake-gateway.mjs')]
let home: string
let other: Server
let usualPort: number
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  usualPort = (other.address() as AddressInfo).port
})
afterEach(async () => {
  other.close()
  rmSync(home, { recursive: true, force: true })
})

const start = (env: Record<string, string> = {}) => ({
  home,
  command: FAKE,
  env: { ALLOWANCE_HOME: home, FAKE_PORT: String(usualPort), ...env },
})

test('a free one is taken where nobody asked for a port', async () => {
  const runtime = await ensureGateway({ ...start(), onFreePort: { command: [...FAKE, '--port', '0'], usualPort } })
  expect(Number(new URL(runtime.proxy).port)).not.toBe(usualPort)
  expect(readFileSync(path.join(home, 'starts'), 'utf8')).toBe('xx')
  process.kill(runtime.pid, 'SIGTERM')
})

test('a port that was asked for is that or none', async () => {
  await expect(ensureGateway(start())).rejects.toMatchObject({
    code: 'no-gateway',
    message: expect.stringContaining('it ended with 1'),
  })
})

test('a gateway that fails for another reason is not tried again', async () => {
  other.close()
  await once(other, 'close')
  const failing = start({ FAKE_FAILS: '1' })
  await expect(
    ensureGateway({ ...failing, onFreePort: { command: [...FAKE, '--port', '0'], usualPort } }),
  ).rejects.toMatchObject({ code: 'no-gateway', message: expect.stringContaining('the disk is full') })
  expect(readFileSync(path.join(home, 'starts'), 'utf8')).toBe('x')
})

test('a gateway that takes the connection and does not answer in time is busy, not dead, while its process lives', async () => {
  const runtime = { proxy: `http://127.0.0.1:${usualPort}`, pid: process.pid } as RuntimeFile
  expect(await healthy(runtime)).toBe(runtime)
  const dead = { ...runtime, pid: 2 ** 22 - 1 }
  expect(await healthy(dead)).toBeNull()
  expect(await healthy({ ...runtime, proxy: 'http://127.0.0.1:1' })).toBeNull()
})

test.each([
  ['breaks off', null, true],
  ['fails at the answer', 500, true],
  ['is a stand-in', 503, false],
  ['is another program', 404, false],
] as const)('what is at its place %s', async (_name, status, isThere) => {
  other.close()
  await once(other, 'close')
  other = createServer((socket) => {
    socket.once('data', () => {
      if (status === null) socket.resetAndDestroy()
      else socket.end(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
    })
  })
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const runtime = { proxy: `http://127.0.0.1:${port}`, pid: process.pid } as RuntimeFile
  expect(await healthy(runtime)).toBe(isThere ? runtime : null)
  expect(await healthy({ ...runtime, pid: 2 ** 22 - 1 })).toBeNull()
})
