import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ControlServer, startControlServer } from '../../main/control/http-server.ts'
import { createTestView, type TestView } from '../support/control-view.ts'

const TOKEN = 'a-token-of-this-test'

let view: TestView
let server: ControlServer
let pageFolder: string

beforeEach(async () => {
  view = await createTestView()
  pageFolder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  mkdirSync(path.join(pageFolder, 'page', 'assets'), { recursive: true })
  writeFileSync(path.join(pageFolder, 'secret.html'), 'secret')
  writeFileSync(path.join(pageFolder, 'page', 'index.html'), '<!doctype html>')
  writeFileSync(path.join(pageFolder, 'page', 'assets', 'main-abc.js'), 'export {}')
  symlinkSync(path.join(pageFolder, 'secret.html'), path.join(pageFolder, 'page', 'link.html'))
  server = await startControlServer({ view, token: TOKEN, port: 0, pageFolder: path.join(pageFolder, 'page') })
})
afterEach(async () => {
  await server.stop()
  view.close()
  rmSync(pageFolder, { recursive: true, force: true })
})

/** A request as it is, with the path as written: fetch would tidy it. */
async function ask(target: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { port } = new URL(server.url)
  const request = http.request({
    host: '127.0.0.1',
    port,
    path: target,
    method: options.method ?? 'GET',
    headers: options.headers ?? {},
    agent: false,
  })
  request.end(options.body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, headers: response.headers, body }
}

const authorization = `Bearer ${TOKEN}`

describe('who may use the control port', () => {
  it('anybody may ask whether it lives', async () => {
    expect(await ask('/health')).toMatchObject({ status: 200, body: '{"ok":true}' })
  })

  it('anybody on this machine may ask how to run the command line', async () => {
    expect(await ask('/command')).toMatchObject({ status: 200, body: '{"command":"allowance"}' })
  })

  it('the token opens it', async () => {
    const { status, body } = await ask('/trpc/status', { headers: { authorization } })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ result: { data: { schema: 1, state: 'ok' } } })
  })

  it.each([
    ['no token', {}, 401],
    ['a wrong token', { authorization: 'Bearer nearly' }, 401],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 401],
    ['a page of another site', { authorization, origin: 'https://evil.test' }, 403],
    ['a page on another port', { authorization, origin: 'http://127.0.0.1:1' }, 403],
    ['a page without an origin of its own', { authorization, origin: 'null' }, 403],
    ['a name that was made to point at us', { authorization, host: 'evil.test' }, 403],
    ['the name of every address', { authorization, host: '0.0.0.0:4142' }, 403],
    ['a name with our port', { authorization, host: 'evil.test:4142' }, 403],
    ['what another site set off', { authorization, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ])('not with %s', async (_name, headers, status) => {
    const answer = await ask('/trpc/status', { headers })
    expect(answer.status).toBe(status)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it.each(['localhost', '[::1]', '127.0.0.1'])('by the name %s', async (name) => {
    const { port } = new URL(server.url)
    const host = `${name}:${port}`
    expect(await ask('/trpc/status', { headers: { authorization, host, origin: `http://${host}` } })).toMatchObject({
      status: 200,
    })
  })

  it('takes no long input', async () => {
    const body = JSON.stringify({ amountUsd: '1', reason: 'x'.repeat(100_000) })
    const headers = { authorization, 'content-type': 'application/json' }
    expect((await ask('/trpc/raise', { method: 'POST', headers, body })).status).toBe(413)
  })
})

describe('a browser tab', () => {
  const exchange = (code: string) => ask('/session', { method: 'POST', body: JSON.stringify({ code }) })
  const codeOf = (link: string) => link.split('#code=')[1] ?? ''

  it('gets the token for its code, once', async () => {
    const code = codeOf(server.pageUrl())
    expect(await exchange(code)).toMatchObject({ status: 200, body: JSON.stringify({ token: TOKEN }) })
    expect((await exchange(code)).status).toBe(401)
  })

  it('comes too late after five minutes', async () => {
    const code = codeOf(server.pageUrl())
    view.nowMs += 5 * 60_000
    expect((await exchange(code)).status).toBe(401)
  })

  it('is one of sixteen: an older link is forgotten', async () => {
    const [first = '', second = ''] = Array.from({ length: 17 }, () => codeOf(server.pageUrl()))
    expect((await exchange(first)).status).toBe(401)
    expect((await exchange(second)).status).toBe(200)
  })

  it.each(['', '{', '{"code":1}', 'x'.repeat(100_000)])('gets nothing for %.20j', async (body) => {
    expect((await ask('/session', { method: 'POST', body })).status).toBe(401)
  })
})

describe('the page', () => {
  it('is served under a strict policy', async () => {
    const page = await ask('/')
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>' })
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(page.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' })
    expect((await ask('/assets/main-abc.js')).headers['cache-control']).toContain('immutable')
  })

  it.each([
    '/../secret.html',
    '/%2e%2e/secret.html',
    '/assets/../../secret.html',
    '/..%2fsecret.html',
    '/link.html',
    '//secret.html',
    '/none.js',
    '/%00',
  ])('is all there is: %s', async (target) => {
    const answer = await ask(target)
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('"secret"')
  })
})

describe('the port', () => {
  it('that was asked for and is taken is an error', async () => {
    const port = Number(new URL(server.url).port)
    await expect(startControlServer({ view, token: TOKEN, port })).rejects.toMatchObject({ code: 'port-busy' })
  })

  it('falls to a free one when it is the default', async () => {
    // Taken by us, or by another gateway of this machine: both will do.
    const blocker = createServer().listen(4142, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve).once('error', resolve))
    const other = await startControlServer({ view, token: TOKEN, port: 4142 })
    expect(new URL(other.url).port).not.toBe('4142')
    await other.stop()
    blocker.close()
  })
})
