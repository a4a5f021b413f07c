import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { totalTokens } from '../../shared/calls/usage.ts'
import { AGENTS } from './support/agent-clients.ts'
import { type Client, installed, Matrix } from './support/matrix.ts'
import { curl, PYTHON, SDKS } from './support/program-clients.ts'

const python = installed('python') ? PYTHON : []
const others = [curl, ...(installed('sdks') ? SDKS : []), ...(installed('agents') ? AGENTS : [])]
const named = (clients: readonly Client[]) =>
  clients.map((client, index) => ({ name: client.name, client, isOdd: index % 2 === 1 }))
const RULE = { id: 'asks', guard: 'quiet-hours', from: '00:00', to: '00:00', action: 'ask' }

describe('a call that is held with a question', () => {
  const matrix = new Matrix()
  beforeAll(() => matrix.start([RULE]))
  afterAll(() => matrix.stop())

  let leave = () => {}
  afterEach(() => {
    leave()
    leave = () => {}
  })

  /** How it refuses: every request of the client is a refusal in the books, none reached the far end, the sentence is shown. */
  const expectRefused = async (client: Client, environment: 'dev' | 'ci') => {
    const before = matrix.fake.records.length
    const { output, calls } = await matrix.run(client, 'connect', 'plain', { environment })
    expect(
      calls.map(({ state }) => state),
      output,
    ).toEqual(Array.from({ length: client.refusedRequests ?? 1 }, () => 'refused'))
    expect(matrix.fake.records.length, output).toBe(before)
    // An agent's next call finds its conversation stopped, and is told so.
    expect(output.replace(/\s+/g, ' ').replaceAll('\\', '')).toMatch(
      /Rule "asks" of policy version 1\.|this conversation was stopped\. To go on: allowance resume/,
    )
    return calls.map(({ refusal }) => refusal?.code)
  }

  test.each(named([...python, ...others]))('$name goes on after a yes, and is metered', async ({ client }) => {
    const asked: string[] = []
    leave = matrix.answer(({ callId }, answer) => {
      asked.push(callId)
      answer('once')
    })
    const { code, output, calls } = await matrix.run(client, 'connect', 'plain', { environment: 'dev' })
    await matrix.settled()
    expect(code, output).toBe(0)
    expect(calls.map(({ id }) => id).sort(), output).toEqual(asked.sort())
    for (const call of calls) expect(call).toMatchObject({ state: 'settled', ending: 'complete' })
    const charged = calls.filter(({ usage }) => usage !== null && totalTokens(usage) > 0)
    expect(charged.length).toBeGreaterThan(0)
    for (const call of charged) expect(Number(call.costUsd)).toBeGreaterThan(0)
  })

  test.each(named([...python, ...others]))('$name is told once that it was declined', async ({ client }) => {
    leave = matrix.answer((_call, answer) => answer('stop'))
    const codes = await expectRefused(client, 'dev')
    expect(codes[0]).toBe('declined')
    for (const code of codes) expect(['declined', 'paused']).toContain(code)
  })

  // CI, with somebody at a window; a developer's terminal, with nobody at one.
  test.each(named(others))('$name is refused at once where nobody can answer', async ({ client, isOdd }) => {
    const asked: string[] = []
    leave = isOdd ? matrix.answer(({ callId }) => asked.push(callId)) : () => {}
    const codes = await expectRefused(client, isOdd ? 'ci' : 'dev')
    expect(new Set(codes)).toEqual(new Set(['quiet-hours']))
    expect(asked).toEqual([])
  })
})
