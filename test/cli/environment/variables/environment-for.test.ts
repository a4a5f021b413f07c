import { describe, expect, it } from 'vitest'
import { type EnvironmentInput, environmentFor } from '../../../../main/cli/environment/variables/environment-for.ts'
import { restoration, SAVED_NAME, withoutUs } from '../../../../main/cli/environment/variables/saved-environment.ts'
import { parseTags } from '../../../../main/core/attribution/values/parse-tags.ts'
import { splitLaunchTags } from '../../../../main/proxy/intercept/upstream/launch-upstreams.ts'

const input = (change: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  mode: 'connect',
  proxyUrl: 'http://127.0.0.1:4141',
  proxyToken: null,
  tags: {},
  addedCaPath: '/home/ada/ca/roots.pem',
  fullCaPath: '/home/ada/ca/full.pem',
  env: {},
  platform: 'linux',
  preloadPath: null,
  nodeVersion: null,
  isModelHost: (host) => ['api.openai.com', 'api.anthropic.com'].includes(host),
  ...change,
})
type Values = Record<string, string | undefined>
const applied = (env: Values, change: { set: Record<string, string>; unset: string[] }): Values => {
  const after = { ...env, ...change.set }
  for (const name of change.unset) delete after[name]
  return after
}
const undone = (env: Values): Values => {
  const after = { ...env }
  for (const [name, value] of Object.entries(restoration(env)))
    if (value === null) delete after[name]
    else after[name] = value
  return after
}
/** What the gateway reads out of a proxy URL or a base URL. */
const received = (url: string | undefined) => {
  const { username, pathname } = new URL(url ?? '')
  const text = username ? decodeURIComponent(username) : (/^\/@([^/]*)\//.exec(pathname)?.[1] ?? '')
  return splitLaunchTags(parseTags(text).tags)
}

describe('what is set', () => {
  it('in connect mode: the proxy, the certificates, no base URL', () => {
    const { set, unset, saved, warnings } = environmentFor(input())
    expect(set).toMatchObject({
      HTTPS_PROXY: 'http://127.0.0.1:4141',
      https_proxy: 'http://127.0.0.1:4141',
      HTTP_PROXY: 'http://127.0.0.1:4141',
      http_proxy: 'http://127.0.0.1:4141',
      NO_PROXY: 'localhost,127.0.0.1,::1,.local,host.docker.internal',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: '/home/ada/ca/roots.pem',
      DENO_CERT: '/home/ada/ca/roots.pem',
      SSL_CERT_FILE: '/home/ada/ca/full.pem',
      REQUESTS_CA_BUNDLE: '/home/ada/ca/full.pem',
      CODEX_CA_CERTIFICATE: '/home/ada/ca/full.pem',
    })
    expect(Object.keys(set).filter((name) => name.includes('BASE') || name === 'NODE_OPTIONS')).toEqual([])
    expect(unset).toEqual([])
    expect(new Set(Object.values(saved))).toEqual(new Set([null]))
    expect(warnings).toEqual([])
  })

  it('in base-url mode: the base URLs, no proxy and no certificates', () => {
    const { set } = environmentFor(input({ mode: 'base-url', tags: { project: 'a/b', team: 'x,y' } }))
    expect(set).toMatchObject({
      OPENAI_BASE_URL: 'http://127.0.0.1:4141/@project=a%2Fb,team=x%2Cy/openai/v1',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:4141/@project=a%2Fb,team=x%2Cy/anthropic',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:4141/@project=a%2Fb,team=x%2Cy/google',
    })
    expect(set['HTTPS_PROXY'] ?? set['SSL_CERT_FILE']).toBeUndefined()
    expect(received(set['OPENAI_BASE_URL']).tags).toEqual({ project: 'a/b', team: 'x,y' })
  })

  it('tags come out of the proxy URL as they went in', () => {
    const tags = { project: 'web', session: 's 1', team: 'a,b=c%20d/é' }
    expect(received(environmentFor(input({ tags })).set['HTTPS_PROXY'])).toEqual({ tags, upstreams: {} })
  })

  it('on Windows a variable once, whatever its case', () => {
    const { set } = environmentFor(input({ platform: 'win32' }))
    expect(Object.keys(set).filter((name) => /proxy$/i.test(name))).toEqual([
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'NODE_USE_ENV_PROXY',
      'NO_PROXY',
    ])
  })

  it('the token as the password, where the gateway wants one', () =>
    expect(environmentFor(input({ proxyUrl: 'http://10.0.0.2:4141', proxyToken: 't/k' })).set['HTTPS_PROXY']).toBe(
      'http://allowance:t%2Fk@10.0.0.2:4141',
    ))
})

describe('the preload', () => {
  const options = (nodeVersion: string | null, before?: string) =>
    environmentFor(input({ preloadPath: '/my tools/p.cjs', nodeVersion, env: { NODE_OPTIONS: before } })).set[
      'NODE_OPTIONS'
    ]
  it.each(['18.15.0', '20.20.2', 'v22.20.0', '23.1.0', null])('is for Node %s', (version) =>
    expect(options(version)).toBe('--require "/my tools/p.cjs"'),
  )
  it.each(['22.21.0', '24.0.0', '26.1.0'])('is not for Node %s', (version) => expect(options(version)).toBeUndefined())
  it('goes behind what was there', () =>
    expect(options('20.0.0', '--max-old-space-size=4096')).toBe(
      '--max-old-space-size=4096 --require "/my tools/p.cjs"',
    ))
})

describe('what was set before', () => {
  it('a base URL of one’s own becomes the upstream, in every mode', () => {
    const env = { OPENAI_BASE_URL: 'http://localhost:4000/v1/', ANTHROPIC_API_URL: 'https://llm.acme.dev/claude' }
    for (const mode of ['connect', 'base-url', 'both'] as const) {
      const { set } = environmentFor(input({ mode, env, tags: { project: 'web' } }))
      expect(new URL(set['OPENAI_BASE_URL'] ?? '').pathname).toMatch(/^\/@[^/]+\/openai\/v1$/)
      expect(received(set['OPENAI_BASE_URL'])).toEqual({
        tags: { project: 'web' },
        upstreams: { openai: 'http://localhost:4000' },
      })
      expect(received(set['ANTHROPIC_API_URL']).upstreams).toEqual({ anthropic: 'https://llm.acme.dev/claude' })
    }
  })

  it('a base URL without a version keeps the path that the client makes of it', () => {
    const { set } = environmentFor(input({ env: { OPENAI_BASE_URL: 'http://gpu:11434/api' } }))
    expect(set['OPENAI_BASE_URL']).toMatch(/\/openai$/)
    expect(received(set['OPENAI_BASE_URL']).upstreams).toEqual({ openai: 'http://gpu:11434/api' })
  })

  it('a provider’s own host is left alone in connect mode', () =>
    expect(
      environmentFor(input({ env: { OPENAI_BASE_URL: 'https://api.openai.com/v1' } })).set['OPENAI_BASE_URL'],
    ).toBeUndefined())

  it('a proxy becomes the next hop, each scheme its own', () => {
    const { set } = environmentFor(input({ env: { https_proxy: 'http://ada:pw@corp:3128', HTTP_PROXY: 'corp:8080' } }))
    expect(received(set['HTTPS_PROXY']).upstreams).toEqual({ proxy: 'http://ada:pw@corp:3128' })
    expect(received(set['http_proxy']).upstreams).toEqual({ proxy: 'http://corp:8080' })
  })

  it('a proxy that is ourselves, set by hand, is no next hop', () =>
    expect(
      received(environmentFor(input({ env: { HTTPS_PROXY: 'http://127.0.0.1:4141' } })).set['HTTPS_PROXY']).upstreams,
    ).toEqual({}))

  it('a SOCKS proxy cannot be, and that is said', () =>
    expect(environmentFor(input({ env: { ALL_PROXY: 'socks5://corp:1080' } })).warnings.join()).toContain(
      'cannot be chained to',
    ))

  it('NO_PROXY is extended; one that hides a provider is told of, one that hides everything stands aside', () => {
    const one = environmentFor(input({ env: { NO_PROXY: 'git.acme.dev, .openai.com', https_proxy: 'http://corp:1' } }))
    expect(one.set['NO_PROXY']).toBe('git.acme.dev,.openai.com,localhost,127.0.0.1,::1,.local,host.docker.internal')
    expect(one.warnings.join()).toContain('NO_PROXY keeps api.openai.com away')
    const all = environmentFor(input({ env: { NO_PROXY: '*', https_proxy: 'http://corp:1' } }))
    expect(all.set['NO_PROXY']).not.toContain('*')
    expect(received(all.set['HTTPS_PROXY']).upstreams).toEqual({})
  })

  it('Bedrock with a token is led here, to its region', () => {
    const { set } = environmentFor(input({ env: { AWS_BEARER_TOKEN_BEDROCK: 'k', AWS_REGION: 'eu-west-1' } }))
    expect(received(set['AWS_ENDPOINT_URL_BEDROCK_RUNTIME']).upstreams).toEqual({
      bedrock: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
    })
    expect(
      environmentFor(input({ env: { AWS_REGION: 'eu-west-1' } })).set['AWS_ENDPOINT_URL_BEDROCK_RUNTIME'],
    ).toBeUndefined()
  })
})

describe('applied and undone', () => {
  const before: Values = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://corp:3128',
    NO_PROXY: 'acme.dev',
    OPENAI_BASE_URL: 'http://localhost:4000/v1',
    NODE_EXTRA_CA_CERTS: '/corp.pem',
    NIX_SSL_CERT_FILE: '/nix.pem',
    NODE_OPTIONS: '--trace-warnings',
  }
  const modes = ['connect', 'base-url', 'both'] as const

  it.each(modes)('%s twice is the same as once', (mode) => {
    const once = environmentFor(input({ mode, env: before }))
    const after = applied(before, once)
    const twice = environmentFor(input({ mode, env: after }))
    expect(twice).toEqual(once)
    expect(applied(after, twice)).toEqual(after)
  })

  it.each(modes.flatMap((one) => modes.map((two) => [one, two] as const)))(
    '%s, then %s, then undone leaves what was before',
    (one, two) => {
      const first = applied(before, environmentFor(input({ mode: one, env: before, preloadPath: '/p.cjs' })))
      const second = applied(first, environmentFor(input({ mode: two, env: first, tags: { project: 'x' } })))
      const fresh = applied(before, environmentFor(input({ mode: two, env: before, tags: { project: 'x' } })))
      expect(second).toEqual(fresh)
      expect(undone(second)).toEqual(before)
      expect(withoutUs(second)).toEqual(before)
    },
  )

  it('what somebody changed since is left to him', () => {
    const after = { ...applied(before, environmentFor(input({ env: before }))), HTTPS_PROXY: 'http://other:1' }
    expect(undone(after)).toEqual({ ...before, HTTPS_PROXY: 'http://other:1' })
    expect(received(environmentFor(input({ env: after })).set['HTTPS_PROXY']).upstreams['proxy']).toBe('http://other:1')
  })

  it('undone where nothing was applied changes nothing', () => {
    expect(restoration(before)).toEqual({})
    expect(restoration({ [SAVED_NAME]: 'nonsense' })).toEqual({})
  })
})
