import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codex, codexOverHttp, gemini, opencode } from './support/agent-clients.ts'
import { type Client, installed, Matrix } from './support/matrix.ts'

const RATE_SECONDS = 15
const scope = (name: string) => ({ session: `${name}.*` })
const RULES = [
  { id: 'no-room', guard: 'spend-cap', limitUsd: '0.0000001', per: 'day', scope: scope('money') },
  {
    id: 'slowly',
    guard: 'rate-limit',
    limitCalls: 1,
    per: `${RATE_SECONDS} seconds`,
    each: 'session',
    scope: scope('rate'),
  },
  // Less than any of them begins with.
  { id: 'short', guard: 'context-cap', limitTokens: 10, scope: scope('context') },
]

/** Each shape that a refusal can have, as command line agents take it. How SDKs do: refusals.test.ts. */
describe.skipIf(installed('agents') === null)('agents take a no as a no', () => {
  const matrix = new Matrix()
  beforeAll(() => matrix.start(RULES))
  afterAll(() => matrix.stop())

  let plays = 0
  const play = async (shape: string, client: Client) => {
    const before = matrix.fake.records.length
    const mode = client === codexOverHttp ? 'base-url' : 'connect'
    // A second try is a session of its own.
    const session = `${shape}.${client.name}.${++plays}`
    const { code, output, calls } = await matrix.run(client, mode, 'plain', { session, environment: 'dev' })
    await matrix.settled()
    const states = calls.map(({ state, ending, refusal }) => ending ?? refusal?.code ?? state)
    return {
      code,
      output,
      shown: output.replace(/\s+/g, ' ').replaceAll('\\', ''),
      states,
      sent: matrix.fake.records.length - before,
    }
  }
  const times = (count: number | undefined, what: string) => Array.from({ length: count ?? 1 }, () => what)

  test.each([codex, codexOverHttp, gemini, opencode])('$name, no money', async (client) => {
    const { code, output, shown, states, sent } = await play('money', client)
    expect(states, output).toEqual(times(client.refusedRequests, 'cap-reached'))
    expect(sent, output).toBe(0)
    expect(shown).toContain('Rule "no-room" of policy version 1.')
    if (client !== opencode) expect(code, output).not.toBe(0)
  })

  test('Gemini CLI and opencode wait as long as a rate limit says, and go on', async () => {
    const played = await Promise.all([play('rate', gemini), play('rate', opencode)])
    for (const { code, output, states } of played) {
      // One that comes before its main call, that, and that again.
      expect(states, output).toEqual(['complete', 'rate-limited', 'complete'])
      expect(code, output).toBe(0)
    }
  })

  test('Codex, whose socket knows no status, is told once that it is too fast', async () => {
    const { output, shown, states, sent } = await play('rate', codex)
    expect(states, output).toEqual(['complete', 'rate-limited'])
    expect(sent, output).toBe(0)
    expect(shown).toContain('There is room again in')
  })

  test.each([codex, codexOverHttp, gemini])('$name, too much context', async (client) => {
    const { output, shown, states, sent } = await play('context', client)
    expect(states, output).toEqual(times(client.refusedRequests, 'context-too-large'))
    expect(sent, output).toBe(0)
    // Over HTTP Codex knows this error, and has words of its own for it.
    expect(shown).toMatch(/Rule "short" of policy version 1\.|ran out of room in the model's context window/)
  })

  test('opencode, too much context: compacts, and ends when that does not help', async () => {
    const { output, shown, states } = await play('context', opencode)
    expect(new Set(states), output).toEqual(new Set(['context-too-large', 'complete']))
    expect(states.filter((state) => state === 'complete').length, output).toBeLessThanOrEqual(4)
    expect(states.at(-1), output).toBe('context-too-large')
    expect(shown).toContain('Rule "short" of policy version 1.')
  })

  test.each([codexOverHttp, gemini, opencode])('$name, ended in the middle of a stream', async (client) => {
    const { behaviour } = matrix.fake
    const { latencyMs, outputTokens, chunkTokens } = behaviour
    let chunks = 0
    // Only an agent's main call has tools.
    const isMain = ({ body }: { body: Record<string, unknown> }) => 'tools' in body
    behaviour.latencyMs = (question) => (isMain(question) ? 60_000 : 1)
    behaviour.outputTokens = (question) => (isMain(question) ? 4_000 : 4)
    behaviour.chunkTokens = (question) => {
      if (isMain(question)) chunks += 1
      if (chunks === 4) matrix.killSwitch(true)
      return 8
    }
    try {
      const { output, shown, states } = await play('cut', client)
      expect(
        states.filter((state) => state === 'cut'),
        output,
      ).toEqual(['cut'])
      // No attempt came after it: that would have been refused.
      expect(states, output).not.toContain('paused')
      expect(states, output).toHaveLength(client.refusedRequests ?? 1)
      expect(shown).toContain('the kill switch is on')
    } finally {
      matrix.killSwitch(false)
      Object.assign(behaviour, { latencyMs, outputTokens, chunkTokens })
    }
  })
})
