import { describe, expect, test } from 'vitest'
import { attributionSchema } from '../../../shared/calls/attribution.ts'
import { attribute } from '../../../main/core/attribution/attribute.ts'
import type { CallerFacts } from '../../../main/core/attribution/attributors/attributor.ts'
import { ATTRIBUTORS } from '../../../main/core/attribution/registry.ts'

const NOBODY: CallerFacts = {
  tags: {},
  headers: {},
  clientIds: {},
  process: null,
  repository: null,
  developer: { id: 'ada', source: 'os' },
  keyFingerprint: null,
}
const PROCESS = { pid: 4242, command: 'node agent.js', cwd: '/repo/web', parents: ['node', 'zsh'] }
const REPOSITORY = { project: 'web', branch: 'feat/x', root: '/repo/web' }
const who = (facts: Partial<CallerFacts>) => attribute({ ...NOBODY, ...facts })

test('what nobody knows is null, and the environment dev by default', () => {
  expect(who({})).toEqual({
    developer: 'ada',
    project: null,
    branch: null,
    session: null,
    agent: null,
    parentAgent: null,
    process: null,
    environment: 'dev',
    keyFingerprint: null,
    tags: {},
    source: { developer: 'os', environment: 'default' },
  })
})

test('a tag beats a header beats the process, each with its source', () => {
  const all = who({
    tags: { project: 'tagged', team: 'growth', developer: 'eve' },
    headers: {
      'x-allowance-project': 'headed',
      'x-allowance-session': 's1',
      'x-allowance-tag': 'team=other,cost=low',
      'user-agent': 'codex_exec/0.169.0 (Debian)',
    },
    process: PROCESS,
    repository: REPOSITORY,
    keyFingerprint: 'k_1',
    developer: { id: 'ada@acme.dev', source: 'enrolment' },
  })
  expect(all).toMatchObject({
    developer: 'ada@acme.dev',
    project: 'tagged',
    branch: 'feat/x',
    session: 's1',
    agent: 'codex',
    tags: { team: 'growth', cost: 'low' },
    process: PROCESS,
    keyFingerprint: 'k_1',
  })
  expect(all.source).toEqual({
    developer: 'enrolment',
    project: 'tag',
    branch: 'process',
    session: 'header',
    agent: 'user-agent',
    process: 'process',
    keyFingerprint: 'header',
    environment: 'default',
    'tag:team': 'tag',
    'tag:cost': 'header',
  })
  expect(attributionSchema.parse(all)).toEqual(all)
})

test('an environment that is none of ours is passed over', () => {
  expect(who({ tags: { environment: 'moon' }, headers: { 'x-allowance-environment': 'Testing' } })).toMatchObject({
    environment: 'test',
    source: { environment: 'header' },
  })
})

test('values are bounded and free of control characters; slashes and accents survive', () => {
  const result = who({
    headers: {
      'x-allowance-project': 'a/b\u0007\u202e #é',
      'x-allowance-session': 'x'.repeat(999),
      'x-allowance-agent': ' \u0000 ',
    },
  })
  expect(result.project).toBe('a/b #é')
  expect(result.session).toHaveLength(200)
  expect(result.agent).toBeNull()
})

test('a header in UTF-8 is read as its sender wrote it', () => {
  expect(who({ headers: { 'x-allowance-project': Buffer.from('Zürich ✓').toString('latin1') } }).project).toBe(
    'Zürich ✓',
  )
})

describe('sessions and agents of clients', () => {
  const uuid = '0199a0f2-3b5e-7c1a-9d2e-1f2a3b4c5d6e'
  test.each<
    [string, Partial<CallerFacts>, { session: string | null; agent: string | null; parentAgent?: string | null }]
  >([
    [
      'codex',
      { headers: { 'session-id': 's', 'thread-id': 't', originator: 'codex_exec', 'user-agent': 'codex_exec/0.1' } },
      { session: 's', agent: 'codex' },
    ],
    [
      'codex, older',
      { headers: { session_id: 's', conversation_id: 'c', originator: 'codex_cli_rs' } },
      { session: 's', agent: 'codex' },
    ],
    [
      'codex turn metadata',
      { headers: { 'x-codex-turn-metadata': '{"session_id":"s","thread_id":"t"}' } },
      { session: 's', agent: null },
    ],
    [
      'Claude Code',
      { headers: { 'x-claude-code-session-id': 's', 'user-agent': 'claude-cli/2.1 (external, cli)' } },
      { session: 's', agent: 'claude-code' },
    ],
    [
      'its sub-agent',
      {
        headers: {
          'x-claude-code-session-id': 's',
          'x-claude-code-agent-id': 'a2',
          'x-claude-code-parent-agent-id': 'a1',
        },
      },
      { session: 's', agent: 'a2', parentAgent: 'a1' },
    ],
    [
      'Claude Code user id',
      { clientIds: { 'metadata.user_id': `user_ab_account_${uuid}_session_${uuid}` } },
      { session: uuid, agent: null },
    ],
    [
      'Claude Code user id as JSON',
      { clientIds: { 'metadata.user_id': JSON.stringify({ device_id: 'd', session_id: 's' }) } },
      { session: 's', agent: null },
    ],
    [
      'any other user id',
      { clientIds: { 'metadata.user_id': 'customer-12', user: 'u' } },
      { session: null, agent: null },
    ],
    ['a session in the body', { clientIds: { session_id: 's', user: 'u' } }, { session: 's', agent: null }],
    ['a session in the metadata', { clientIds: { 'metadata.session_id': 's' } }, { session: 's', agent: null }],
    [
      'opencode',
      { headers: { 'x-session-affinity': 'ses_1', 'user-agent': 'opencode/1.18.33 ai-sdk' } },
      { session: 'ses_1', agent: 'opencode' },
    ],
    ['pi', { headers: { session_id: 's' } }, { session: 's', agent: null }],
    ['a generated cache key', { clientIds: { prompt_cache_key: uuid } }, { session: uuid, agent: null }],
    ['a constant cache key', { clientIds: { prompt_cache_key: 'my-application-v1' } }, { session: null, agent: null }],
    [
      'gemini',
      { headers: { 'user-agent': 'GeminiCLI-tui/0.61.0/gemini-3 (linux; x64; terminal)' } },
      { session: null, agent: 'gemini-cli' },
    ],
    ['qwen', { headers: { 'user-agent': 'QwenCode/0.24.4 (linux; x64)' } }, { session: null, agent: 'qwen-code' }],
    ['an SDK', { headers: { 'user-agent': 'OpenAI/JS 7.57.0' } }, { session: null, agent: null }],
    ['a name that begins like an agent', { headers: { 'user-agent': 'codexample/1' } }, { session: null, agent: null }],
    ['broken metadata', { headers: { 'x-codex-turn-metadata': '{"session_id":' } }, { session: null, agent: null }],
  ])('%s', (_name, facts, expected) => {
    expect(who(facts)).toMatchObject({ parentAgent: null, ...expected })
  })

  test("an agent's program says who it is, and who started it", () => {
    expect(who({ process: { ...PROCESS, command: 'codex exec' } })).toMatchObject({
      agent: 'codex',
      source: { agent: 'process' },
    })
    expect(
      who({ process: { ...PROCESS, command: 'node /usr/lib/node_modules/@google/gemini-cli/dist/index.js' } }),
    ).toMatchObject({ agent: 'gemini-cli' })
    expect(
      who({ process: { ...PROCESS, command: 'python eval.py', parents: ['bash', 'claude', 'zsh'] } }),
    ).toMatchObject({ agent: null, parentAgent: 'claude-code' })
  })
})

describe('environment', () => {
  test.each([
    [['pytest', 'zsh'], 'test'],
    [['node', 'vitest', 'zsh'], 'test'],
    [['jest'], 'test'],
    [['_mocha', 'mocha'], 'test'],
    [['go test'], 'test'],
    [['cargo test'], 'test'],
    [['playwright'], 'test'],
    [['npm test', 'zsh'], 'test'],
    [['npm run test:unit'], 'test'],
    [['node --test'], 'test'],
    [['npm run dev'], 'dev'],
    [['zsh', 'code'], 'dev'],
    [['go run'], 'dev'],
    [['contest'], 'dev'],
  ])('parents %j: %s', (parents, environment) => {
    expect(who({ process: { ...PROCESS, parents } }).environment).toBe(environment)
  })

  test("the caller's own command counts, a script of that name does not", () => {
    expect(who({ process: { ...PROCESS, command: 'python -m pytest' } }).environment).toBe('test')
    expect(who({ process: { ...PROCESS, command: 'python /venv/bin/pytest' } }).environment).toBe('test')
    expect(who({ process: { ...PROCESS, command: 'node jest.js' } }).environment).toBe('dev')
  })

  test('variables of the process: CI is believed before its test runner', () => {
    const process = { ...PROCESS, parents: ['vitest'] }
    expect(who({ process, variables: { CI: 'true' } })).toMatchObject({
      environment: 'ci',
      source: { environment: 'environment' },
    })
    expect(who({ process, variables: { CI: 'false' } })).toMatchObject({
      environment: 'test',
      source: { environment: 'process' },
    })
    expect(who({ variables: { NODE_ENV: 'test' } }).environment).toBe('test')
    expect(who({ variables: { JEST_WORKER_ID: '0' } }).environment).toBe('test')
    expect(who({ variables: { NODE_ENV: 'production' } }).environment).toBe('dev')
    expect(who({ tags: { env: 'dev' }, variables: { CI: '1' } }).environment).toBe('dev')
  })
})

test('every attributor says nothing of nobody, and survives odd headers', () => {
  for (const attributor of ATTRIBUTORS) {
    const { developer: _developer, ...answer } = attributor.answer(NOBODY)
    expect(
      Object.values(answer).filter((value) => value != null),
      attributor.name,
    ).toEqual([])
    const odd = {
      'user-agent': '',
      originator: '\u0000',
      'x-allowance-tag': ',=,%',
      'x-codex-turn-metadata': '[]',
      'session-id': '',
    }
    expect(() => attributor.answer({ ...NOBODY, headers: odd })).not.toThrow()
  }
})
