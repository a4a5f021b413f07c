import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Harness, startHarness } from '../../support/gateway/gateway-harness.ts'

let harness: Harness | null = null
let home: string | null = null
afterEach(async () => {
  await harness?.stop()
  harness = null
  if (home) rmSync(home, { recursive: true, force: true })
  home = null
})

const client = (on: Harness, session = 's1') =>
  new OpenAI({ apiKey: 'sk', baseURL: `${on.url}/@session=${session}/openai/v1` })
const call = (on: Harness, session?: string) =>
  client(on, session)
    .chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
    .then(
      () => 'answered' as const,
      (error: unknown) => (error as { error?: { allowance?: { code: string } } }).error?.allowance?.code,
    )

describe('pause and resume', () => {
  test('of everything', async () => {
    harness = await startHarness()
    const { traffic } = harness.gateway.books
    traffic.pause(null)
    expect(traffic.state()).toBe('paused')
    expect(await call(harness)).toBe('paused')
    traffic.resume(null)
    expect(traffic.state()).toBe('ok')
    expect(await call(harness)).toBe('answered')
  })

  test('of one session leaves the others alone', async () => {
    harness = await startHarness()
    const { traffic } = harness.gateway.books
    traffic.pause('s1')
    expect(traffic.state()).toBe('ok')
    expect(await call(harness, 's1')).toBe('paused')
    expect(await call(harness, 's2')).toBe('answered')
    traffic.resume('s1')
    expect(await call(harness, 's1')).toBe('answered')
  })

  test('is remembered over a restart', async () => {
    home = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    harness = await startHarness({ home })
    harness.gateway.books.traffic.pause('s1')
    harness.gateway.books.traffic.killSwitch(true)
    await harness.stop()
    harness = await startHarness({ home })
    const { traffic } = harness.gateway.books
    expect(traffic.state()).toBe('killed')
    traffic.killSwitch(false)
    traffic.pause('s2')
    await harness.stop()
    harness = await startHarness({ home })
    expect(harness.gateway.books.traffic.state()).toBe('ok')
    expect(await call(harness, 's2')).toBe('paused')
  })

  test('a call that waits for room is refused when traffic stops', async () => {
    // Room for one: 10,000 tokens of output at $0.60 per million are $0.006.
    harness = await startHarness({
      rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.007', per: 'day' }],
      behaviour: { latencyMs: () => 60_000 },
    })
    const leave = new AbortController()
    const big = () =>
      client(harness as Harness)
        .chat.completions.create(
          { model: 'gpt-4o-mini', max_tokens: 10_000, n: 1, messages: [{ role: 'user', content: 'hello' }] },
          { signal: leave.signal, maxRetries: 0 },
        )
        .catch((error: unknown) => (error as { error?: { allowance?: { code: string } } }).error?.allowance?.code)
    const first = big()
    await harness.waitFor(({ state }) => state === 'open')
    const second = big()
    await harness.waitFor(({ state }) => state === 'waiting')
    harness.gateway.books.traffic.pause(null)
    expect(await second).toBe('paused')
    leave.abort()
    await first
  })
})

describe('the kill switch', () => {
  test('ends running streams legally, with the sentence, and stops the provider', async () => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 4_000, chunkTokens: () => 10, latencyMs: () => 60_000 },
    })
    const { traffic } = harness.gateway.books
    const stream = await client(harness).chat.completions.create({
      model: 'gpt-4o-mini',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    })
    let text = ''
    let failure = ''
    try {
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        if (text !== '' && traffic.state() === 'ok') traffic.killSwitch(true)
      }
    } catch (error) {
      failure = String(error)
    }
    expect(text + failure).toContain('the kill switch is on')
    const record = await harness.waitFor(({ state }) => state === 'settled')
    expect(record.ending).toBe('cut')
    expect(record.usage?.output).toBeLessThan(1_000)
    expect(await call(harness)).toBe('paused')
    traffic.killSwitch(false)
    expect(traffic.killed.aborted).toBe(false)
  })

  test('ends a stream that is silent', async () => {
    harness = await startHarness({
      behaviour: { outputTokens: () => 2, chunkTokens: () => 1, latencyMs: () => 600_000 },
    })
    const { traffic } = harness.gateway.books
    const anthropic = new Anthropic({ apiKey: 'k', baseURL: `${harness.url}/@session=s1/anthropic` })
    const stream = anthropic.messages.stream({
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hello' }],
    })
    stream.on('streamEvent', ({ type }) => {
      if (type === 'content_block_start') traffic.killSwitch(true)
    })
    const ended = await stream.finalMessage().then(
      (message) => JSON.stringify(message),
      (error: unknown) => String(error),
    )
    expect(ended).toContain('the kill switch is on')
    const record = await harness.waitFor(({ state }) => state === 'settled')
    expect(record.ending).toBe('cut')
  })
})
