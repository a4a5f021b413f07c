import type { DialectName } from './dialects.ts'

/** Who is on stage: a tool that somebody left running in a repository. Sizes in tokens, times in milliseconds. */
export interface Role {
  name: string
  /** Becomes a tag, so that `spend --by tag:who` has an answer. */
  who: string
  repository: string
  branch: string
  /** What its process is called: a file of the repository. */
  script: string
  environment: 'dev' | 'test'
  /** The agents are told by their user agent, as the real ones are; `null` is a script with an SDK. */
  userAgent: string | null
  dialect: DialectName
  model: string
  stream: boolean
  entersAfterMs: number
  /** What a conversation begins with, and what each turn adds to it. */
  firstTokens: number
  turnTokens: number
  /** The provider reads what it saw a turn ago from its cache. */
  isCached: boolean
  outputTokens: number
  hiddenTokens: number
  answerMs: number
  thinkMs: number
  /** A conversation of this size is begun anew. */
  longestTokens: number
  /** Calls at once, each a conversation of its own. */
  parallel: number
  /** The same tool call with the same arguments in every turn, whatever comes of it. */
  isStuck: boolean
}

const AGENT = {
  environment: 'dev',
  stream: true,
  isCached: true,
  hiddenTokens: 0,
  parallel: 1,
  isStuck: false,
} as const

/** Their pace is set so that the runaway is caught in half a minute and the cap of the day is reached within one. */
export const ROLES: readonly Role[] = [
  {
    ...AGENT,
    name: 'refactoring',
    who: 'ada',
    repository: 'web',
    branch: 'feat/checkout',
    script: 'claude.cjs',
    userAgent: 'claude-cli/2.0.76 (external, cli)',
    dialect: 'anthropic',
    model: 'claude-opus-4-7',
    entersAfterMs: 500,
    firstTokens: 14_000,
    turnTokens: 3_200,
    outputTokens: 520,
    answerMs: 1_900,
    thinkMs: 400,
    longestTokens: 90_000,
  },
  {
    ...AGENT,
    name: 'migration',
    who: 'linus',
    repository: 'api',
    branch: 'main',
    script: 'codex.cjs',
    userAgent: 'codex_cli_rs/0.98.0 (Linux; x86_64)',
    dialect: 'responses',
    model: 'gpt-5.2',
    entersAfterMs: 2_500,
    firstTokens: 9_000,
    turnTokens: 2_400,
    outputTokens: 420,
    hiddenTokens: 160,
    answerMs: 1_700,
    thinkMs: 500,
    longestTokens: 80_000,
  },
  {
    ...AGENT,
    name: 'test run',
    who: 'grace',
    repository: 'search',
    branch: 'feat/ranking',
    script: 'test/ranking.cjs',
    environment: 'test',
    userAgent: null,
    dialect: 'chat',
    model: 'gpt-5-mini',
    stream: false,
    entersAfterMs: 5_000,
    firstTokens: 1_400,
    turnTokens: 0,
    isCached: false,
    outputTokens: 240,
    answerMs: 900,
    thinkMs: 1_900,
    longestTokens: 1_000,
    parallel: 2,
  },
  {
    ...AGENT,
    name: 'answering from documents',
    who: 'ada',
    repository: 'docs',
    branch: 'main',
    script: 'scripts/answer.cjs',
    userAgent: null,
    dialect: 'gemini',
    model: 'gemini-2.5-pro',
    entersAfterMs: 8_000,
    firstTokens: 26_000,
    turnTokens: 0,
    isCached: false,
    outputTokens: 700,
    answerMs: 2_600,
    thinkMs: 900,
    longestTokens: 1_000,
  },
  {
    ...AGENT,
    name: 'fixing a flaky test',
    who: 'grace',
    repository: 'billing',
    branch: 'fix/flaky-test',
    script: 'opencode.cjs',
    userAgent: 'opencode/1.2.5',
    dialect: 'anthropic',
    model: 'claude-sonnet-4-5',
    entersAfterMs: 12_000,
    firstTokens: 17_000,
    turnTokens: 60,
    isCached: false,
    outputTokens: 90,
    answerMs: 1_800,
    thinkMs: 400,
    longestTokens: 60_000,
    isStuck: true,
  },
]
