import { describe, expect, test } from 'vitest'
import { type KindFacts, kindOf, RETRY_WINDOW_MS } from '../../../main/core/conversations/kind.ts'
import type { RecentCall } from '../../../main/core/policy/decision/facts.ts'
import type { ModelRequest } from '../../../main/core/providers/types/provider.ts'
import { request } from './requests.ts'

const BEFORE: RecentCall = {
  callId: 'b',
  atMs: 999_000,
  conversation: 'c_1',
  session: null,
  agent: null,
  parentAgent: null,
  pid: 1,
  thread: null,
  step: null,
  model: 'gpt-5',
  bodyFingerprint: 'f',
  messageFingerprints: [],
  toolCallFingerprints: [],
  contextTokens: 0,
  cacheReadTokens: null,
  costNanos: 0,
  httpStatus: 500,
  open: false,
  endedAtMs: null,
}

function kind(what: ModelRequest, change: Partial<KindFacts> = {}) {
  const facts = {
    headers: {},
    isAgent: false,
    requestKind: null,
    isCompaction: false,
    atMs: 1_000_000,
    conversation: 'c_1',
    session: null,
    pid: 1,
    sameBody: [],
  }
  return kindOf({ request: what, ...facts, ...change })
}

describe('prompts and tool loops', () => {
  test.each([
    [['system: s', 'user: hi'], 'prompt'],
    [['user: a', 'assistant!bash: ls', 'tool: files'], 'tool-loop'],
    [['user: a', 'assistant!bash: ls', 'tool: files', 'user: <reminder>'], 'tool-loop'],
    [['user: a', 'assistant!bash: ls', 'tool: files', 'assistant: done', 'user: next'], 'prompt'],
    [['user: a', 'assistant!bash: ls', 'tool: files', 'assistant: {'], 'tool-loop'],
    [['tool: files'], 'tool-loop'],
    [['user: a', 'assistant!file_search: x', 'tool: pages'], 'retrieval'],
    [['user: a', 'assistant!retrieve_documents: x', 'tool: pages'], 'retrieval'],
    [['user: a', 'assistant!grep_search: x', 'tool: lines'], 'tool-loop'],
    [[], 'prompt'],
  ])('%j: %s', (lines, expected) => {
    expect(kind(request(lines)).kind).toBe(expected)
  })

  test("a call that compacts the history is the agent's own, whatever came before it", () => {
    const after = request(['user: a', 'assistant!bash: ls', 'tool: files', 'user: Write a handoff summary.'])
    expect(kind(after, { isCompaction: true })).toEqual({ kind: 'auxiliary', attempt: 1 })
  })

  test('embeddings and rerank are what their dialect says, however often they are asked', () => {
    expect(kind(request(['user: text'], { kind: 'retrieval' }), { sameBody: [BEFORE] })).toEqual({
      kind: 'retrieval',
      attempt: 1,
    })
  })
})

describe('retries', () => {
  const hello = request(['user: hi'])
  test.each<[string, Partial<KindFacts>, string, number]>([
    ['the SDK counts', { headers: { 'x-stainless-retry-count': '2' } }, 'retry', 3],
    ['the SDK counts none', { headers: { 'x-stainless-retry-count': '0' } }, 'prompt', 1],
    ['more than anybody counts', { sameBody: Array.from({ length: 500 }, () => BEFORE) }, 'retry', 201],
    ['AWS counts attempts', { headers: { 'amz-sdk-request': 'attempt=2; max=3' } }, 'retry', 2],
    ['the first of AWS', { headers: { 'amz-sdk-request': 'attempt=1; max=3' } }, 'prompt', 1],
    ['nonsense', { headers: { 'x-stainless-retry-count': 'x', 'amz-sdk-request': 'max=3' } }, 'prompt', 1],
    ['the same body again', { sameBody: [BEFORE] }, 'retry', 2],
    ['a third time', { sameBody: [{ ...BEFORE, atMs: 950_000 }, BEFORE] }, 'retry', 3],
    ['long after', { sameBody: [{ ...BEFORE, atMs: 999_000 - RETRY_WINDOW_MS }] }, 'prompt', 1],
    ['beside one that runs', { sameBody: [{ ...BEFORE, open: true }] }, 'prompt', 1],
    ['of another process', { sameBody: [{ ...BEFORE, pid: 2 }] }, 'prompt', 1],
    ['of another conversation', { sameBody: [{ ...BEFORE, conversation: 'c_2' }] }, 'prompt', 1],
  ])('%s', (_name, change, expected, attempt) => {
    expect(kind(hello, change)).toEqual({ kind: expected, attempt })
  })
})

describe('calls that agents make by themselves', () => {
  const agent = { isAgent: true }
  test.each<[string, ModelRequest, Partial<KindFacts>, string]>([
    [
      'a title',
      request(['system: You are a title generator. You output ONLY a thread title.', 'user: fix it']),
      agent,
      'auxiliary',
    ],
    ['a title on a small model', request(['user: fix it'], { model: 'gpt-5.4-nano' }), agent, 'auxiliary'],
    [
      'a route',
      request(['system: You are a specialized Task Routing AI.', 'user: x', 'user: y', 'user: z'], {
        model: 'gemini-3.5-pro',
      }),
      agent,
      'auxiliary',
    ],
    ['a memory', request(['system: You are the managed memory agent', 'user: history']), agent, 'auxiliary'],
    ['a quota check', request(['user: quota'], { maxOutputTokens: 1 }), agent, 'auxiliary'],
    ['a warm-up', request(['tools: t', 'user: x']), { ...agent, requestKind: 'prewarm' }, 'auxiliary'],
    [
      'a turn with tools',
      request(['tools: t', 'system: Generate a title', 'user: x'], { model: 'claude-haiku-4-5' }),
      agent,
      'prompt',
    ],
    [
      'a long talk with a small model',
      request(['user: a', 'assistant: b', 'user: c'], { model: 'gpt-5-mini' }),
      agent,
      'prompt',
    ],
    ['a big model without tools', request(['user: a']), agent, 'prompt'],
    [
      "somebody's own title service",
      request(['system: Generate a title', 'user: x'], { model: 'gpt-5-nano' }),
      {},
      'prompt',
    ],
  ])('%s', (_name, what, change, expected) => {
    expect(kind(what, change).kind).toBe(expected)
  })
})
