import { describe, expect, test } from 'vitest'
import { checksOf } from '../../../main/cli/doctor/checks.ts'
import type { DoctorFacts } from '../../../main/cli/doctor/doctor-facts.ts'
import { encodeSaved, markOf } from '../../../main/cli/environment/variables/saved-environment.ts'

const US = 'http://127.0.0.1:4141'
const runtime = {
  pid: 42,
  version: '1.0.0',
  proxy: US,
  control: 'http://127.0.0.1:4142',
  token: 't',
  proxyToken: '',
  home: '/h',
  startedAt: '',
}
const pointed = {
  HTTPS_PROXY: US,
  https_proxy: US,
  ALLOWANCE_SAVED: encodeSaved({ saved: { HTTPS_PROXY: null }, marks: { HTTPS_PROXY: markOf(US) }, tags: {} }),
}

function facts(changes: Partial<DoctorFacts> = {}): DoctorFacts {
  return {
    nowMs: Date.parse('2026-11-23T12:00:00Z'),
    platform: 'linux',
    env: {},
    home: { path: '/h', exists: true, writable: true, open: [] },
    settingsTrouble: null,
    gateway: { runtime, healthy: true, proxyUrl: US, portTaken: false },
    status: null,
    authorityEndsAtMs: Date.parse('2028-01-01T00:00:00Z'),
    places: [],
    trust: [],
    node: { path: '/bin/node', version: '24.1.0' },
    trips: [],
    clients: [],
    ...changes,
  }
}

const bad = (changes: Partial<DoctorFacts>) =>
  checksOf(facts(changes)).filter(({ status }) => status === 'warn' || status === 'fail')

describe('doctor', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(bad({})).toEqual([])
    expect(checksOf(facts({ env: pointed })).find(({ id }) => id === 'terminal')?.status).toBe('ok')
  })

  test.each<[string, Partial<DoctorFacts>, string, RegExp]>([
    [
      'no gateway',
      { gateway: { runtime: null, healthy: false, proxyUrl: US, portTaken: false } },
      'gateway',
      /allowance serve/,
    ],
    [
      'a gateway that hangs',
      { gateway: { runtime, healthy: false, proxyUrl: US, portTaken: false } },
      'gateway',
      /kill 42/,
    ],
    [
      'a port that is taken',
      { gateway: { runtime: null, healthy: false, proxyUrl: US, portTaken: true } },
      'gateway',
      /--port 0/,
    ],
    [
      'a home that others can read',
      { home: { path: '/h', exists: true, writable: true, open: ['/h/ledger.sqlite'] } },
      'home',
      /chmod -R go-rwx \/h/,
    ],
    [
      'a home that cannot be written',
      { home: { path: '/h', exists: true, writable: false, open: [] } },
      'home',
      /chmod u\+rwx/,
    ],
    ['settings that are not understood', { settingsTrouble: 'port: not a number' }, 'settings', /settings\.json/],
    ['no certificates', { authorityEndsAtMs: null }, 'certificates', /allowance serve/],
    ['certificates that ended', { authorityEndsAtMs: 1 }, 'certificates', /ca rotate/],
    [
      'a variable that points at a dead port',
      { places: [{ name: 'HTTPS_PROXY', url: 'http://project=web:x@127.0.0.1:9/', answers: 'nobody' }] },
      'stale:HTTPS_PROXY',
      /allowance off/,
    ],
    [
      'two spellings that differ',
      { env: { HTTPS_PROXY: US, https_proxy: 'http://corp:3128' } },
      'clash:spelling',
      /allowance env/,
    ],
    [
      'a proxy set after ours',
      { env: pointed, places: [{ name: 'https_proxy', url: 'http://corp:3128/', answers: 'other' }] },
      'clash:proxy',
      /allowance env/,
    ],
    ['ALL_PROXY alone', { env: { ALL_PROXY: 'socks5://127.0.0.1:1080' } }, 'clash:all-proxy', /allowance env/],
    [
      'NO_PROXY that names a provider',
      { env: { ...pointed, NO_PROXY: 'localhost,.openai.com' } },
      'no-proxy',
      /take them out/,
    ],
    [
      'a base URL without a provider',
      {
        env: { OPENAI_BASE_URL: `${US}/v1` },
        places: [{ name: 'OPENAI_BASE_URL', url: `${US}/v1`, answers: 'gateway' }],
      },
      'base-url:OPENAI_BASE_URL',
      /export OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:4141\/openai\/v1/,
    ],
    [
      'a certificate file that is gone',
      { trust: [{ name: 'NODE_EXTRA_CA_CERTS', path: '/gone.pem', exists: false, trustsUs: false }] },
      'trust:NODE_EXTRA_CA_CERTS',
      /allowance env/,
    ],
    [
      'another certificate file in our place',
      { env: pointed, trust: [{ name: 'SSL_CERT_FILE', path: '/corp.pem', exists: true, trustsUs: false }] },
      'trust:SSL_CERT_FILE',
      /merged/,
    ],
    ['certificates that nobody checks', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }, 'trust:off', /unset/],
    [
      'a Node that takes no proxy in a terminal set by env',
      { env: pointed, node: { path: '/bin/node', version: '20.20.2' } },
      'node',
      /allowance run/,
    ],
    [
      'a way that leads past us',
      { trips: [{ client: 'curl', mode: 'connect', failure: 'went past' }] },
      'trip:curl:connect',
      /allowance run/,
    ],
  ])('%s is told with its fix', (_name, changes, id, fix) => {
    const found = bad(changes)
    expect(found.map((check) => check.id)).toEqual([id])
    expect(found[0]?.fix).toMatch(fix)
  })

  test('a user name of a proxy is never shown', () => {
    const shown = JSON.stringify(
      bad({ places: [{ name: 'HTTPS_PROXY', url: 'http://ada:secret@127.0.0.1:9/', answers: 'nobody' }] }),
    )
    expect(shown).not.toContain('secret')
  })
})
