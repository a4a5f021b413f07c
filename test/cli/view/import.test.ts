import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spendReportSchema } from '../../../shared/contract/contract.ts'
import { importAnswerSchema } from '../../../shared/contract/import.ts'
import { buildStatus } from '../../../main/control/views/status.ts'
import { runCli } from '../../support/gateway/cli.ts'
import { createTestView, DAILY } from '../../support/gateway/control-view.ts'

const AT = Date.now() - 3_600_000
const iso = (minutes: number) => new Date(AT + minutes * 60_000).toISOString()

/** One line of an answer as Claude Code writes it: each block of it has one, with the usage known by then. */
function claudeLine(id: string, output: number, over: Record<string, unknown> = {}) {
  return {
    parentUuid: null,
    isSidechain: false,
    userType: 'external',
    cwd: '/nowhere/shop',
    sessionId: 'session-a',
    version: '2.1.162',
    gitBranch: 'main',
    type: 'assistant',
    requestId: `req_${id}`,
    uuid: `${id}-${output}`,
    timestamp: iso(0),
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: 'SECRET words' }],
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 300,
        cache_read_input_tokens: 2_000,
        cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        output_tokens: output,
        service_tier: 'standard',
      },
    },
    ...over,
  }
}

const codexLine = (minutes: number, type: string, payload: unknown) => ({ timestamp: iso(minutes), type, payload })
const codexUsage = (input: number, cached: number, output: number) => ({
  input_tokens: input,
  cached_input_tokens: cached,
  output_tokens: output,
  reasoning_output_tokens: 5,
  total_tokens: input + output,
})
const codexCount = (minutes: number, total: unknown, last: unknown) =>
  codexLine(minutes, 'event_msg', {
    type: 'token_count',
    info: { total_token_usage: total, last_token_usage: last, model_context_window: 272_000 },
    rate_limits: { primary: { used_percent: 7, window_minutes: 300, resets_at: 1_763_483_205 } },
  })

describe('import', () => {
  let home: string
  let env: Record<string, string>
  let claude: string
  let codex: string

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    env = { CLAUDE_CONFIG_DIR: path.join(home, 'claude'), CODEX_HOME: path.join(home, 'codex') }
    claude = path.join(home, 'claude/projects/-nowhere-shop')
    codex = path.join(home, 'codex/sessions/2026/11/27')
    for (const folder of [claude, codex]) mkdirSync(folder, { recursive: true })
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  const write = (file: string, lines: readonly unknown[]) =>
    writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(home, ['import', ...args, '--json'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return importAnswerSchema.parse(JSON.parse(stdout))
  }
  const spend = async (...args: string[]) => {
    const { stdout } = await runCli(home, ['spend', '--since', '2d', ...args, '--json'], env)
    return spendReportSchema.parse(JSON.parse(stdout))
  }

  it('keeps an answer once, with all of its tokens, however often and wherever it is written', async () => {
    write(path.join(claude, 'a.jsonl'), [
      { type: 'user', message: { role: 'user', content: 'a question about "usage"' } },
      claudeLine('msg_1', 1),
      claudeLine('msg_1', 40),
      claudeLine('msg_2', 7),
    ])
    // A resumed session has the lines of the old one; they are older than what the first file knows.
    write(path.join(claude, 'b.jsonl'), [
      claudeLine('msg_1', 1, { sessionId: 'session-b' }),
      claudeLine('msg_3', 2, { sessionId: 'session-b' }),
    ])
    expect(await run()).toMatchObject({ added: 3, kept: 3, metered: 0, agents: [{ answers: 5, malformed: 0 }, {}] })
    expect(await run()).toMatchObject({ added: 0, kept: 3 })
    const { total, rows } = await spend('--by', 'project')
    expect(total).toMatchObject({ calls: 0, costUsd: '0.000000000' })
    expect(total.imported).toMatchObject({
      calls: 3,
      usage: { uncachedInput: 30, cacheRead: 6_000, cacheWrite5m: 300, cacheWrite1h: 600, output: 49 },
    })
    expect(rows.map(({ key }) => key)).toEqual(['shop'])
    // 30 × $3 + 6,000 × $0.30 + 300 × $3.75 + 600 × $6 + 49 × $15, per million.
    expect(total.imported?.costUsd).toBe('0.007350000')
  })

  it('takes from Codex what each answer used, not what the session has come to', async () => {
    const lines = [
      codexLine(0, 'session_meta', { id: 'thread-1', cwd: '/nowhere/api', git: { branch: 'feat/x' } }),
      codexLine(0, 'turn_context', { cwd: '/nowhere/api', model: 'gpt-5-codex' }),
      codexLine(0, 'event_msg', { type: 'token_count', info: null, rate_limits: null }),
      codexCount(1, codexUsage(1_000, 400, 50), codexUsage(1_000, 400, 50)),
      codexCount(1, codexUsage(1_000, 400, 50), codexUsage(1_000, 400, 50)),
      codexCount(2, codexUsage(3_000, 1_400, 90), codexUsage(2_000, 1_000, 40)),
    ]
    write(path.join(codex, 'rollout-1.jsonl'), lines)
    write(path.join(codex, 'rollout-2.jsonl'), [
      codexLine(3, 'session_meta', { id: 'thread-2', forked_from_id: 'thread-1', cwd: '/nowhere/api' }),
      ...lines,
      codexCount(4, codexUsage(3_500, 1_400, 100), codexUsage(500, 0, 10)),
    ])
    expect(await run()).toMatchObject({ added: 3, kept: 3 })
    const { total } = await spend('--by', 'model')
    expect(total.imported?.usage).toMatchObject({ uncachedInput: 2_100, cacheRead: 1_400, output: 100 })
  })

  it.each([
    ['half a line', '{"type":"assistant","message":{"usage":'],
    [
      'no id',
      JSON.stringify({
        ...claudeLine('x', 1),
        requestId: undefined,
        message: { model: 'm', usage: { input_tokens: 1 } },
      }),
    ],
    ['no time', JSON.stringify(claudeLine('x', 1, { timestamp: 'yesterday' }))],
    ['an id that is none', JSON.stringify(claudeLine('x'.repeat(1_000), 1, { requestId: 7 }))],
  ])('counts and skips %s', async (_name, line) => {
    write(path.join(claude, 'a.jsonl'), [line, claudeLine('msg_1', 1)])
    expect(await run()).toMatchObject({ added: 1, agents: [{ malformed: 1, answers: 1 }, {}] })
  })

  it('leaves out what was metered, and counts nothing toward caps', async () => {
    const view = await createTestView({ home, policy: { rules: [DAILY] }, at: iso(1) })
    view.spend('1.50', { project: 'shop', session: 'session-a' })
    const spent = buildStatus(view).spend.spentUsd
    view.close()
    write(path.join(claude, 'a.jsonl'), [
      claudeLine('msg_metered', 5, { timestamp: iso(2) }),
      claudeLine('msg_before', 5, { timestamp: iso(-600) }),
    ])
    expect(await run()).toMatchObject({ added: 1, metered: 1, kept: 1 })
    const { total } = await spend('--by', 'project')
    expect(total).toMatchObject({ calls: 1, costUsd: '1.500000000', imported: { calls: 1 } })
    const after = await createTestView({ home, policy: { rules: [DAILY] }, at: iso(3) })
    expect(buildStatus(after).spend.spentUsd).toBe(spent)
    after.close()
  })

  it('tries without keeping, and forgets all of it', async () => {
    write(path.join(claude, 'a.jsonl'), [claudeLine('msg_1', 1)])
    expect(await run('--dry-run')).toMatchObject({ dryRun: true, added: 1, kept: 1 })
    expect((await spend()).total.imported).toBeUndefined()
    expect(await run()).toMatchObject({ added: 1 })
    expect(await run('--dry-run')).toMatchObject({ added: 0, kept: 1 })
    appendFileSync(path.join(claude, 'a.jsonl'), `${JSON.stringify(claudeLine('msg_2', 1))}\n`)
    expect(await run('--dry-run')).toMatchObject({ added: 1, kept: 2 })
    expect((await spend('--no-imported')).total.imported).toBeUndefined()
    const removed = await runCli(home, ['import', '--remove', '--json'], env)
    expect(JSON.parse(removed.stdout)).toMatchObject({ removed: 1 })
    expect((await spend()).total.imported).toBeUndefined()
  })

  it('reports by week with models and a total', async () => {
    write(path.join(claude, 'a.jsonl'), [claudeLine('msg_1', 1)])
    await run()
    const { stdout } = await runCli(home, ['spend', '--by', 'week'], env)
    expect(stdout).toMatch(/IMPORTED.*MODELS/)
    expect(stdout).toMatch(/\n {2}total .*claude-sonnet-4-5|\n.*claude-sonnet-4-5\n {2}total /)
  })
})
