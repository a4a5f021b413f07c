import { describe, expect, it } from 'vitest'
import { spokenIn } from '../../../main/proxy/intercept/tunnel/first-bytes.ts'
import { splitLaunchTags, upstreamTag } from '../../../main/proxy/intercept/upstream/launch-upstreams.ts'
import { readProxyCredentials } from '../../../main/proxy/arrival/proxy-credentials.ts'
import { isLoopback, originOf, parseTunnelTarget } from '../../../main/proxy/intercept/tunnel/tunnel-target.ts'
import { bypasses, proxyFor, proxySettingsFrom } from '../../../main/proxy/intercept/upstream/upstream-proxy.ts'

describe('where a CONNECT goes', () => {
  it.each([
    ['API.OpenAI.com:443', 'api.openai.com', 443, 'https://api.openai.com'],
    ['[FD00::1]:8443', 'fd00::1', 8443, 'https://[fd00::1]:8443'],
    ['10.0.0.1:80', '10.0.0.1', 80, 'https://10.0.0.1:80'],
  ])('%s', (text, host, port, origin) => {
    const target = parseTunnelTarget(text)
    expect(target).toEqual({ host, port })
    expect(target && originOf('https', target)).toBe(origin)
  })
  it.each(['localhost', 'a.localhost', '127.8.9.1', '::1', '[::1]', '0.0.0.0', '::ffff:127.0.0.1'])(
    '%s is this machine',
    (host) => expect(isLoopback(host)).toBe(true),
  )
  it.each(['127.example.com', 'example.com', '10.0.0.1'])('%s is not', (host) => expect(isLoopback(host)).toBe(false))
})

describe('what first bytes say', () => {
  it.each([
    ['GET / HTTP/1.1\r\n', 'http'],
    ['POST /v1', 'http'],
    ['GE', null],
    ['PRI', null],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
    ['PROPFIND /', 'http'],
    ['SSH-2.0-OpenSSH', 'other'],
    ['\u0016\u0003\u0001\u0000\u0005abc', null],
    ['\u0016\u0003\u0001\u0000\u0003abc', 'tls'],
    ['\u0000', 'other'],
  ])('%j is %s', (text, spoken) => expect(spokenIn(Buffer.from(text, 'latin1'))).toBe(spoken))
})

describe('credentials of the proxy URL', () => {
  it('are read, a colon in the password included', () =>
    expect(readProxyCredentials(`Basic ${Buffer.from('project=a%3Ab:x:y').toString('base64')}`)).toEqual({
      userName: 'project=a%3Ab',
      password: 'x:y',
    }))
  it.each([undefined, 'Bearer abc', 'Basic', 'Basic ???'])('%s is none', (header) =>
    expect(readProxyCredentials(header)).toEqual({ userName: '', password: null }),
  )
})

describe('upstreams of a launch', () => {
  it('survive the way and leave the tags', () => {
    const url = 'http://ada:p%40ss@proxy.acme.dev:3128'
    const all = { project: 'web', ...upstreamTag('proxy', url), ...upstreamTag('openai', 'https://llm.acme.dev/a/') }
    expect(splitLaunchTags(all)).toEqual({
      tags: { project: 'web' },
      upstreams: { proxy: url, openai: 'https://llm.acme.dev/a' },
    })
  })
  it('what is no http URL is dropped, and is no tag either', () =>
    expect(splitLaunchTags({ ...upstreamTag('openai', 'file:///etc/passwd'), 'upstream-x': '%%' })).toEqual({
      tags: {},
      upstreams: {},
    }))
})

describe('the proxy above us', () => {
  const target = (host: string, port = 443) => ({ host, port })
  it('is what the environment says, in small letters first', () => {
    expect(proxySettingsFrom({ HTTPS_PROXY: 'http://b:1', https_proxy: 'a:1', NO_PROXY: 'x' })).toEqual({
      proxyUrl: 'http://a:1',
      noProxy: 'x',
    })
    expect(proxySettingsFrom({ https_proxy: ' ', ALL_PROXY: 'http://c:1' })).toEqual({
      proxyUrl: 'http://c:1',
      noProxy: '',
    })
    expect(proxySettingsFrom({})).toEqual({ proxyUrl: null, noProxy: '' })
  })
  it.each([
    ['acme.dev', 'acme.dev', true],
    ['acme.dev', 'git.acme.dev', true],
    ['.acme.dev', 'git.acme.dev', true],
    ['*.acme.dev', 'git.acme.dev', true],
    ['acme.dev', 'notacme.dev', false],
    ['a.b, acme.dev:443', 'acme.dev', true],
    ['acme.dev:8443', 'acme.dev', false],
    ['10.0.0.0/8', '10.255.1.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.1.128/25', '192.168.1.127', false],
    ['*', 'anything', true],
    ['', 'anything', false],
  ])('NO_PROXY %j and %s: %s', (list, host, expected) => expect(bypasses(list, target(host))).toBe(expected))
  it('is never asked for this machine', () => {
    const settings = { proxyUrl: 'http://p:1', noProxy: '' }
    expect(proxyFor(settings, target('localhost', 9000))).toBeNull()
    expect(proxyFor(settings, target('example.com'))).toBe('http://p:1')
  })
})
