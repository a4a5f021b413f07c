import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isOtherUser } from '../../../main/proxy/arrival/other-user.ts'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'
import { chat } from '../../support/load/raw-call.ts'

test.each([
  ['ourselves', 1_000, 1_000, false],
  ['another user', 1_001, 1_000, true],
  ['root', 0, 1_000, false],
  ["anybody at root's gateway", 1_001, 0, false],
  ['somebody whom the system does not name', null, 1_000, false],
  ['anybody where there are no users', 1_001, null, false],
])('%s', (_name, userId, ownUserId, isOther) => {
  expect(isOtherUser(userId, ownUserId)).toBe(isOther)
})

/** Nobody's, on every Linux. */
const NOBODY_ID = 65_534
const OURS = 54_321

describe.runIf(process.platform === 'linux')('a call of another user (Linux tells whose a connection is)', () => {
  let harness: Harness
  afterEach(async () => {
    await harness.stop()
    vi.restoreAllMocks()
  })

  /** The gateway believes to be another user than the one who calls. */
  async function start(allowOtherUsers: boolean): Promise<void> {
    vi.spyOn(process, 'getuid').mockReturnValue(OURS)
    harness = await startHarness({ settings: { allowOtherUsers } })
  }

  /** As somebody who is not root, who would be let in. */
  const asAnotherUser = (args: readonly string[]) =>
    promisify(execFile)(
      'curl',
      ['-s', ...args],
      process.geteuid?.() === 0 ? { uid: NOBODY_ID, gid: NOBODY_ID, cwd: '/' } : { cwd: '/' },
    )

  async function call(
    path = '/openai/v1/chat/completions',
    options: readonly string[] = ['-d', JSON.stringify(chat())],
  ): Promise<{ status: number; body: string }> {
    const { stdout } = await asAnotherUser(['-w', '\n%{http_code}', ...options, harness.url + path])
    const at = stdout.lastIndexOf('\n')
    return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
  }

  test('is turned away before anything is sent', async () => {
    await start(false)
    const { status, body } = await call()
    expect(status).toBe(403)
    expect(body).toMatch(/belongs to another user.*allowOtherUsers/s)
    expect(harness.calls()).toEqual([])
    expect(harness.fake.records).toEqual([])
  })

  test('is let in where the settings say so', async () => {
    await start(true)
    expect((await call()).status).toBe(200)
    expect(harness.fake.records).toHaveLength(1)
  })

  test('is turned away at a WebSocket, too', async () => {
    await start(false)
    const upgrade = [
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${'A'.repeat(22)}==`,
    ]
    expect(
      (
        await call(
          '/openai/v1/responses',
          upgrade.flatMap((line) => ['-H', line]),
        )
      ).status,
    ).toBe(403)
  })

  test.each([false, true])('opens a tunnel only where the settings say so: %s', async (allowOtherUsers) => {
    await start(allowOtherUsers)
    let reached = 0
    const far = createServer((socket) => {
      reached++
      socket.destroy()
    })
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve))
    const target = `http://127.0.0.1:${(far.address() as AddressInfo).port}/`
    // curl fails either way: the far end says nothing.
    const tunnel = asAnotherUser(['--proxytunnel', '-x', harness.url, '-w', '%{http_connect}', target])
    await expect(tunnel).rejects.toMatchObject({ stdout: allowOtherUsers ? '200' : '403' })
    expect(reached).toBe(allowOtherUsers ? 1 : 0)
    far.close()
  })
})
