import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findConnection } from '../../../../renderer/state/api/connection.ts'

let server: Server
let origin: string
let codes: string[]

beforeEach(async () => {
  codes = ['fresh']
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { code } = JSON.parse(body) as { code: string }
      const known = request.url === '/session' && codes.includes(code)
      codes = codes.filter((one) => one !== code)
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(known ? { token: 'secret' } : {}))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** As much of a browser tab as signing in needs. */
function aTab(hash: string) {
  const stored = new Map<string, string>()
  const location = { origin, hash, pathname: '/', search: '' }
  return {
    location,
    fetch,
    history: {
      replaceState: (_state: unknown, _title: string, url: string) => {
        location.hash = ''
        location.pathname = url
      },
    },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    },
  } as unknown as Window
}

test('a tab trades its code for a token and takes the code out of its address', async () => {
  const tab = aTab('#code=fresh')
  expect(await findConnection(tab)).toEqual({ origin, token: 'secret' })
  expect(tab.location.hash).toBe('')
})

test('the token lives as long as the tab, also when the page is loaded again', async () => {
  const tab = aTab('#code=fresh')
  await findConnection(tab)
  expect((await findConnection(tab)).token).toBe('secret')
})

test('a code works once', async () => {
  await findConnection(aTab('#code=fresh'))
  await expect(findConnection(aTab('#code=fresh'))).rejects.toMatchObject({ code: 'denied' })
})

test('a tab with neither code nor token is not signed in', async () => {
  await expect(findConnection(aTab('#/calls'))).rejects.toMatchObject({ code: 'denied' })
})

test('the desktop is asked first', async () => {
  const tab = aTab('')
  tab.allowance = { platform: 'linux', connection: async () => ({ origin: 'http://127.0.0.1:1', token: 'bridge' }) }
  expect((await findConnection(tab)).token).toBe('bridge')
})
