import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { type RunningGateway, runGateway } from '../../../main/gateway/run-gateway.ts'
import { silentLogger } from '../../../main/platform/system/logger.ts'

/** Nothing that is asked of us leads back to ourselves, under whatever name or spelling, nor to where clouds keep keys. */
let home: string
let gateway: RunningGateway
const start = async (settings: object = {}) => {
  gateway = await runGateway({
    settings: settingsSchema.parse({ port: 0, controlPort: 0, developer: 'ada@acme.dev', ...settings }),
    home,
    version: '0',
    env: {},
    logger: silentLogger,
    tokenWorkerPath: null,
  })
}
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  await start()
})
afterEach(async () => {
  await gateway.stop('test over')
  rmSync(home, { recursive: true, force: true })
})

const portOf = (which: 'proxy' | 'control') => Number(new URL(gateway.runtime[which]).port)
const ask = (lines: string) => {
  const socket = connect(portOf('proxy'), '127.0.0.1')
  socket.write(lines)
  setTimeout(() => socket.destroy(), 10_000).unref()
  return text(socket)
}
const CONTROL_HOSTS = [
  '127.0.0.1',
  'localhost',
  '[::ffff:127.0.0.1]',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  hostname(),
]

describe.each(CONTROL_HOSTS)('the control port as %s', (host) => {
  test('is not tunnelled to', async () => {
    const answer = await ask(`CONNECT ${host}:${portOf('control')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 50[28] /)
    expect(answer).not.toContain('<html')
  })

  test('is not asked by a whole URL', async () => {
    const url = `http://${host}:${portOf('control')}/`
    const answer = await ask(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (?:404|502|508) /)
    expect(answer.toLowerCase()).not.toContain('<!doctype')
  })
})

test.each(['127.0.0.1', 'localhost', '0x7f000001'])(
  'a provider whose base URL is ourselves (%s) is refused, once',
  async (host) => {
    const self = portOf('proxy')
    await gateway.stop('again')
    await start({ port: self, upstreams: { openai: `http://${host}:${self}/openai` } })
    const answer = await fetch(`${gateway.runtime.proxy}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
    })
    expect(answer.status).toBe(502)
    expect(await answer.text()).toMatch(/Allowance itself|leads back/)
  },
)

test.each(['169.254.169.254', '[::ffff:169.254.169.254]', '2852039166'])(
  'link-local addresses are not reached (%s)',
  async (host) => {
    const answer = await ask(`GET http://${host}/latest/meta-data/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).not.toMatch(/^HTTP\/1\.1 200 /)
  },
)
