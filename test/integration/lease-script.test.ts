import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeaseRequest } from '../../main/core/ledger/leases/lease.ts'
import { TUNING } from '../../main/core/ledger/leases/tuning.ts'
import { connectRedis, type RedisPlace, type ScriptServer } from '../../main/export/shared-budgets/redis-door.ts'
import { requestLease } from '../../main/export/shared-budgets/request-lease.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

const DAY_MS = 86_400_000
const BEGAN = '{budgets}:began'

const connected = (place: Partial<RedisPlace> & { url: string }) =>
  new Promise<ScriptServer>((resolve) => {
    const server: ScriptServer = connectRedis({ username: null, password: null, ca: null, ...place }, () =>
      resolve(server),
    )
  })

describe.skipIf(machineLacks('redis'))('the script that leases', () => {
  let redis: TestRedis
  let server: ScriptServer
  beforeEach(async () => {
    redis = await startRedis()
    await redis.run('SET', BEGAN, '1')
    server = await connected(redis)
  })
  afterEach(async () => {
    server.close()
    await redis.stop()
  })

  const window = (startMs = Date.now() - 1_000) => ({ startMs, endMs: startMs + DAY_MS, rolling: false })
  const today = window()
  const ask = (gatewayId: string, changes: Partial<LeaseRequest>, within = today) =>
    requestLease(
      server,
      { prefix: '', name: 'b', gatewayId, window: within },
      { seq: 1, acked: 0, spent: 0, held: 0, limit: 1_000, raised: 0, keep: 0, need: 0, want: 0, ...changes },
    )

  test('the same request twice leases once, and one that comes late changes nothing', async () => {
    const first = await ask('a', { seq: 5, want: 100 })
    expect(await ask('a', { seq: 5, want: 100 })).toMatchObject({ stale: true, upTo: first.upTo, left: first.left })
    expect(await ask('a', { seq: 4, keep: 0 })).toMatchObject({ stale: true, seq: 5, upTo: 100 })
  })

  test('leases and spend together never exceed the limit, whoever asks for whatever', async () => {
    let dice = 11
    const roll = (most: number) => (dice = (dice * 16_807) % 2_147_483_647) % most
    const used = new Map<string, { spent: number; upTo: number; seq: number }>()
    for (let step = 0; step < 600; step += 1) {
      const id = `g${roll(7)}`
      const own = used.get(id) ?? { spent: 0, upTo: 0, seq: 0 }
      const idle = own.upTo - own.spent
      if (idle > 0) own.spent += roll(idle + 1)
      const keep = own.spent + roll(own.upTo - own.spent + 1)
      const answer = await ask(id, {
        seq: (own.seq += 1),
        acked: own.seq - 1,
        spent: own.spent,
        keep,
        need: roll(3) === 0 ? roll(80) : 0,
        want: roll(200),
      })
      own.upTo = answer.upTo
      used.set(id, own)
      const leased = [...used.values()].reduce((sum, { spent, upTo }) => sum + Math.max(spent, upTo), 0)
      expect(leased).toBeLessThanOrEqual(1_000)
    }
    expect([...used.values()].reduce((sum, { spent }) => sum + spent, 0)).toBeGreaterThan(990)
  })

  test('what is needed is leased whole or not at all, and what is too little is given back', async () => {
    expect(await ask('a', { need: 900 })).toMatchObject({ upTo: 900 })
    expect(await ask('b', { need: 200 })).toMatchObject({ upTo: 0, left: 100 })
    expect(await ask('b', { seq: 2, need: 100 })).toMatchObject({ upTo: 100, left: 0 })
  })

  test("another machine's raise is room for all", async () => {
    await ask('a', { raised: 500 })
    expect(await ask('b', { need: 1_400 })).toMatchObject({ upTo: 1_400, raisedElsewhere: 500, machines: 1 })
  })

  test('a machine whose clock is an hour ahead gets nothing of a day that has not begun', async () => {
    expect(await ask('a', { want: 100 }, window(Date.now() + 3_600_000))).toMatchObject({ upTo: 0, left: 1_000 })
    expect(await ask('a', { want: 100 }, window(Date.now() - 2 * DAY_MS))).toMatchObject({ upTo: 0 })
  })

  test('a server that is new, or no longer knows what it answered, takes reports and leases nothing', async () => {
    await redis.run('FLUSHALL')
    expect(await ask('a', { seq: 9, spent: 300, keep: 400, want: 900 })).toMatchObject({ upTo: 400, recovering: true })
    await redis.run('SET', BEGAN, String(Date.now() - TUNING.RECOVERY_MS))
    expect(await ask('b', { need: 700 })).toMatchObject({ upTo: 0, spentElsewhere: 300, leasedElsewhere: 400 })
    // A replica that took over without our last write: it has a row of ours, but an older one.
    expect(await ask('a', { seq: 12, acked: 11, spent: 350, keep: 500, want: 500 })).toMatchObject({ recovering: true })
  })

  test('a connection over TLS, with a certificate of the company', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'allowance-tls-'))
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string]
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=budgets -keyout ${key} -out ${cert}`
    execFileSync('openssl', [...request.split(' '), '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' })
    const secure = await startRedis(
      ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no'],
      ...['--tls-port', String(redis.port + 1), '--requirepass', 'hushed'],
    )
    const url = `rediss://127.0.0.1:${redis.port + 1}`
    const trusting = await connected({ url, ca: readFileSync(cert, 'utf8'), password: 'hushed' })
    expect(await trusting.run('return {1}', [], [])).toEqual([1])
    const wary = connectRedis({ url, ca: null, username: null, password: 'hushed' }, () => {})
    await expect(wary.run('return {1}', [], [])).rejects.toThrow()
    for (const one of [trusting, wary]) one.close()
    await secure.stop()
    rmSync(folder, { recursive: true, force: true })
  })
})
