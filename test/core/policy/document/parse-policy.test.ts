import { describe, expect, test } from 'vitest'
import { parsePolicy, parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { GUARDS, guardNamed } from '../../../../main/core/policy/guards/registry.ts'

/** The rules that the contract shows, word for word. */
const CONTRACT_RULES: Record<string, unknown>[] = [
  { id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day', warnAt: [0.5, 0.8, 0.95] },
  { id: 'tests', guard: 'spend-cap', limitUsd: '2.00', per: 'day', scope: { environment: ['test', 'ci'] } },
  { id: 'each-session', guard: 'spend-cap', limitUsd: '5.00', per: 'day', each: 'session', action: 'ask' },
  { id: 'daily-tokens', guard: 'token-cap', limitTokens: 5_000_000, per: 'day' },
  { id: 'rpm', guard: 'rate-limit', limitCalls: 120, per: 'minute' },
  { id: 'tpm', guard: 'token-rate', limitTokens: 400_000, per: 'minute' },
  { id: 'burst', guard: 'spend-rate', limitUsd: '2.00', per: '10 minutes', action: 'ask' },
  { id: 'one', guard: 'call-cap', limitUsd: '1.00' },
  { id: 'ctx', guard: 'context-cap', limitTokens: 200_000 },
  { id: 'chat', guard: 'conversation-cap', limitTurns: 200, limitTokens: 3_000_000, limitUsd: '5.00' },
  { id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'ask' },
  { id: 'storm', guard: 'retry-storm', repeats: 8, within: '1 minute' },
  { id: 'fan', guard: 'fan-out', limitParallel: 12 },
  { id: 'miss', guard: 'cache-miss-streak', repeats: 5, minTokens: 20_000, action: 'warn' },
  { id: 'gone', guard: 'orphan', after: '2 minutes' },
  { id: 'night', guard: 'quiet-hours', from: '22:00', to: '06:00', action: 'ask' },
  { id: 'models', guard: 'model-access', allow: ['gpt-*', 'claude-*', 'gemini-*'], deny: ['*-pro'] },
  { id: 'hosts', guard: 'provider-access', allow: ['openai', 'anthropic', 'google'] },
]
const HEAD = { schema: 1, version: 14, timezone: 'Europe/Paris' }
const [daily] = CONTRACT_RULES

function errors(document: unknown) {
  const parsed = parsePolicy(document)
  return parsed.ok ? [] : parsed.errors
}

test.each(CONTRACT_RULES.map((rule) => [rule['id'] as string, rule] as const))(
  "the contract's rule %s is one, and explains itself",
  (_id, raw) => {
    const { rules, errors: wrong } = parseRules([raw])
    expect(wrong).toEqual([])
    const [rule] = rules
    expect(guardNamed(rule!.guard)?.describe(rule!)).toMatch(/^[A-Z].{10,}/)
  },
)

test('every guard has a rule in the contract', () => {
  expect(
    GUARDS.map((guard) => guard.name).filter((name) => !CONTRACT_RULES.some((rule) => rule['guard'] === name)),
  ).toEqual([])
})

test("the contract's document is a policy", () => {
  const document = {
    ...HEAD,
    org: 'acme',
    audience: 'acme-developers',
    issuedAt: '2026-11-23T00:00:00Z',
    expiresAt: '2026-12-23T00:00:00Z',
    onUnavailable: { policy: 'open', ledger: 'closed', gateway: 'open' },
    rules: CONTRACT_RULES,
    tiers: [{ when: { leftBelow: 0.2, scope: { environment: ['test'] } }, suggest: { 'gpt-5': 'gpt-5-mini' } }],
    raise: { upToUsd: '5.00', perDay: 2 },
    hosts: [{ host: 'llm.acme.dev', provider: 'openai' }],
    prices: [{ model: 'acme-70b', inputUsdPerMillion: '0.20', outputUsdPerMillion: '0.80' }],
    shared: { url: 'rediss://counter.acme.dev', prefix: 'allowance:' },
    steering: { at: [0.8, 0.95] },
  }
  expect(parsePolicy(document)).toMatchObject({ ok: true, policy: { version: 14, rules: expect.any(Array) } })
})

describe('what is wrong is named, with its path and what was probably meant', () => {
  test.each<[name: string, document: unknown, path: string, message: RegExp, suggestion?: string]>([
    [
      'a mistyped option',
      { ...HEAD, rules: [{ ...daily, limitUSD: '1.00' }] },
      'rules[0].limitUSD',
      /unknown key/,
      'limitUsd',
    ],
    ['a mistyped member', { ...HEAD, rulez: [] }, 'rulez', /unknown key/, 'rules'],
    [
      'a mistyped guard',
      { ...HEAD, rules: [{ ...daily, guard: 'spendcap' }] },
      'rules[0].guard',
      /no guard "spendcap"; there are spend-cap/,
      'spend-cap',
    ],
    ['no guard', { ...HEAD, rules: [{ id: 'x' }] }, 'rules[0].guard', /no guard null/],
    ['no rule at all', { ...HEAD, rules: ['daily'] }, 'rules[0].guard', /no guard/],
    ['rules that are no list', { ...HEAD, rules: {} }, 'rules', /not a list/],
    ['no document', [], '', /not a JSON object/],
    ['nothing', null, '', /not a JSON object/],
    ['another schema', { ...HEAD, schema: 2 }, 'schema', /./],
    ['no version', { schema: 1 }, 'version', /./],
    [
      'a time zone that is none',
      { ...HEAD, timezone: 'Mars/Olympus' },
      'timezone',
      /"Mars\/Olympus" is not an IANA time zone/,
      'Europe/Paris',
    ],
    ['an id that stands twice', { ...HEAD, rules: [daily, daily] }, 'rules[1].id', /is used twice/],
    ['dollars finer than a nano-dollar', { ...HEAD, rules: [{ ...daily, limitUsd: 1e-12 }] }, 'rules[0].limitUsd', /./],
    ['negative dollars', { ...HEAD, rules: [{ ...daily, limitUsd: -5 }] }, 'rules[0].limitUsd', /./],
    [
      'dollars with a sign',
      { ...HEAD, rules: [{ ...daily, limitUsd: '$10' }] },
      'rules[0].limitUsd',
      /at most nine decimal places/,
    ],
    [
      'a period that is none',
      { ...HEAD, rules: [{ ...daily, per: 'fortnight' }] },
      'rules[0].per',
      /minute, hour, day/,
    ],
    [
      'a dimension that is none',
      { ...HEAD, rules: [{ ...daily, scope: { repo: 'web' } }] },
      'rules[0].scope.repo',
      /unknown dimension; there are developer/,
    ],
    [
      'a mistyped dimension',
      { ...HEAD, rules: [{ ...daily, scope: { enviroment: ['test'] } }] },
      'rules[0].scope.enviroment',
      /unknown dimension/,
      'environment',
    ],
    [
      "a mistyped dimension of a tier's scope",
      { ...HEAD, tiers: [{ when: { scope: { projct: 'web' } }, suggest: {} }] },
      'tiers[0].when.scope.projct',
      /unknown dimension/,
      'project',
    ],
    ['a mistyped each', { ...HEAD, rules: [{ ...daily, each: 'sesion' }] }, 'rules[0].each', /a dimension/, 'session'],
    ['a mistyped period', { ...HEAD, rules: [{ ...daily, per: 'dya' }] }, 'rules[0].per', /minute, hour/, 'day'],
    ['a mistyped action', { ...HEAD, rules: [{ ...daily, action: 'wran' }] }, 'rules[0].action', /./, 'warn'],
    [
      'a mistyped failure mode',
      { ...HEAD, onUnavailable: { polcy: 'open' } },
      'onUnavailable.polcy',
      /unknown key/,
      'policy',
    ],
    ['a mistyped raise', { ...HEAD, raise: { upToUSD: '5.00', perDay: 2 } }, 'raise.upToUSD', /unknown key/, 'upToUsd'],
    [
      'a mistyped host',
      { ...HEAD, hosts: [{ hots: 'llm.acme.dev', provider: 'openai' }] },
      'hosts[0].hots',
      /unknown key/,
      'host',
    ],
    [
      'a mistyped price',
      { ...HEAD, prices: [{ model: 'a', inputUsdPerMillon: '1', outputUsdPerMillion: '1' }] },
      'prices[0].inputUsdPerMillon',
      /unknown key/,
      'inputUsdPerMillion',
    ],
    [
      'a mistyped tier',
      { ...HEAD, tiers: [{ when: { leftBelo: 0.2 }, suggest: {} }] },
      'tiers[0].when.leftBelo',
      /unknown key/,
      'leftBelow',
    ],
    [
      'a mistyped counter',
      { ...HEAD, shared: { url: 'rediss://x', prefx: 'a' } },
      'shared.prefx',
      /unknown key/,
      'prefix',
    ],
    ['a sum for each of nothing', { ...HEAD, rules: [{ ...daily, each: 'repo' }] }, 'rules[0].each', /a dimension/],
    ['an action that is none', { ...HEAD, rules: [{ ...daily, action: 'stop' }] }, 'rules[0].action', /./],
    ['a warning past the limit', { ...HEAD, rules: [{ ...daily, warnAt: [1.5] }] }, 'rules[0].warnAt[0]', /./],
  ])('%s', (_name, document, path, message, suggestion) => {
    const wrong = errors(document)
    expect(wrong.map((error) => error.path)).toContain(path)
    const error = wrong.find((one) => one.path === path)!
    expect(error.message).toMatch(message)
    if (suggestion) expect(error.suggestion).toBe(suggestion)
  })

  test('a mistyped name is one mistake: what it stands for is not missing as well', () => {
    const { limitUsd, ...rest } = daily as { limitUsd: string }
    expect(errors({ ...HEAD, rules: [{ ...rest, limitUSD: limitUsd }] })).toEqual([
      { path: 'rules[0].limitUSD', message: 'unknown key', suggestion: 'limitUsd' },
    ])
  })

  test('what is missing is said to be, and has no suggestion', () => {
    const { per: _, ...rest } = daily as { per: string }
    expect(errors({ ...HEAD, rules: [rest] })).toEqual([
      { path: 'rules[0].per', message: 'is missing', suggestion: null },
    ])
  })

  test('all at once', () => {
    const document = {
      ...HEAD,
      version: 'x',
      timezone: 'nowhere',
      rules: [
        { ...daily, per: 'x' },
        { id: 'b', guard: 'lop' },
      ],
    }
    expect(errors(document).map((error) => error.path)).toEqual(
      expect.arrayContaining(['version', 'rules[0].per', 'rules[1].guard']),
    )
    expect(parsePolicy({ ...document, rules: [daily, ...document.rules] })).toMatchObject({
      ok: false,
      rules: [{ id: 'daily' }],
    })
  })
})

test('telemetry sends no variable that was not meant for it', () => {
  const telemetry = (name: string) =>
    errors({
      ...HEAD,
      rules: [],
      telemetry: { otlpUrl: 'https://otel.acme.dev:4318', headersFromEnv: { authorization: name } },
    })
  expect(telemetry('OTLP_AUTHORIZATION')).toEqual([])
  for (const name of ['OPENAI_API_KEY', 'ALLOWANCE_SHARED_PASSWORD', 'MY_OTLP_KEY'])
    expect(telemetry(name)).toMatchObject([
      { path: 'telemetry.headersFromEnv.authorization', message: expect.stringContaining('OTEL_ or OTLP_') },
    ])
})
