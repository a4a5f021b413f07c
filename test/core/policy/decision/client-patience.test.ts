import { expect, test } from 'vitest'
import { answerBy } from '../../../../main/core/policy/decision/client-patience.ts'

const cases: [string, Record<string, string | undefined>, number][] = [
  ['nothing is known', {}, Number.POSITIVE_INFINITY],
  ['an SDK that says it', { 'x-stainless-timeout': '600' }, 595_000],
  ['an SDK for Python', { 'x-stainless-read-timeout': '30.0', 'x-stainless-timeout': 'NOT_GIVEN' }, 25_000],
  ["Google's", { 'x-server-timeout': '90' }, 85_000],
  ['a short time keeps three quarters of it', { 'x-stainless-timeout': '8' }, 6_000],
  [
    'words and nought say nothing',
    { 'x-stainless-timeout': 'none', 'x-server-timeout': '0' },
    Number.POSITIVE_INFINITY,
  ],
  ['Gemini CLI', { 'user-agent': 'GeminiCLI-tui/0.61.0/gemini-2.5-pro (linux; x64; terminal)' }, 55_000],
  ['what is said goes before what is known', { 'user-agent': 'GeminiCLI/1', 'x-server-timeout': '20' }, 15_000],
  ['Codex', { 'user-agent': 'codex_exec/0.169.0', originator: 'codex_exec' }, Number.POSITIVE_INFINITY],
]

test.each(cases)('%s', (_name, headers, afterMs) => {
  expect(answerBy(headers, 1_000_000)).toBe(1_000_000 + afterMs)
})
