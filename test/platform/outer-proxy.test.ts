import { describe, expect, it } from 'vitest'
import { outerProxy } from '../../main/platform/outer-proxy.ts'

const nobody = () => false

describe('the proxy on the way out', () => {
  it.each([
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test:3128' }, null, 'http://proxy.test:3128/'],
    ['https://acme.dev/p', { https_proxy: 'proxy.test:3128' }, null, 'http://proxy.test:3128/'],
    ['http://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test:3128' }, null, null],
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test' }, 'http://ours.test', 'http://ours.test/'],
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test', NO_PROXY: 'x.dev, .acme.dev' }, null, null],
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test', NO_PROXY: 'acme.dev:8443' }, null, 'http://proxy.test/'],
    ['https://notacme.dev/p', { HTTPS_PROXY: 'http://proxy.test', NO_PROXY: 'acme.dev' }, null, 'http://proxy.test/'],
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://proxy.test', NO_PROXY: '*' }, null, null],
    ['http://127.0.0.1:9/p', { HTTP_PROXY: 'http://proxy.test' }, 'http://ours.test', null],
    ['https://acme.dev/p', { HTTPS_PROXY: 'http://' }, null, null],
    ['https://acme.dev/p', {}, null, null],
  ])('to %s with %j and %j is %j', (url, env, settings, expected) => {
    expect(outerProxy(url, env, settings, nobody)).toBe(expected)
  })

  it('is never ourselves', () => {
    const env = { HTTPS_PROXY: 'http://project=web:x@127.0.0.1:4141' }
    expect(outerProxy('https://acme.dev/', env, null, (proxy) => proxy.port === '4141')).toBeNull()
  })
})
