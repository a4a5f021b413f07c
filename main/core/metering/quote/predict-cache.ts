import type { RateCard } from '../../pricing/rates/rate-card.ts'
import type { ModelRequest } from '../../providers/types/provider.ts'
import { tokenFamily } from '../tokens/token-family.ts'
import { TUNING } from './tuning.ts'

/** What a conversation's last turn left at its provider. */
export interface LastTurn {
  provider: string
  model: string | null
  /** When the provider last read or wrote its cache for this conversation: the end of that call. */
  endedAtMs: number
  /** All input of that call, and how much of it the cache held when it ended: reads and writes. */
  inputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  /** Whether something of it was written for an hour. */
  hasHourWrites: boolean
}

/** How the input will be billed, in tokens: disjoint, and in sum the whole input. */
export interface CacheSplit {
  read: number
  write5m: number
  write1h: number
  uncached: number
}

const MINUTE_MS = 60_000

interface CacheRules {
  /** The provider caches prefixes by itself; otherwise the client has to mark them. */
  automatic: boolean
  ttlMs: number
  minTokens: number
  /** Reads come in whole blocks of this size. */
  blockTokens: number
}

/** https://platform.openai.com/docs/guides/prompt-caching: 5–10 minutes of idleness, from 1,024 tokens on. */
const OPENAI: CacheRules = {
  automatic: true,
  ttlMs: 5 * MINUTE_MS,
  minTokens: 1_024,
  blockTokens: 128,
}
/** https://platform.claude.com/docs/en/build-with-claude/prompt-caching: five minutes or an hour from the last use. */
const CLAUDE: CacheRules = {
  automatic: false,
  ttlMs: 5 * MINUTE_MS,
  minTokens: 1_024,
  blockTokens: 1,
}
/** https://api-docs.deepseek.com/guides/kv_cache: hours, in blocks of 64. */
const DEEPSEEK: CacheRules = {
  automatic: true,
  ttlMs: 60 * MINUTE_MS,
  minTokens: 64,
  blockTokens: 64,
}
/** Gemini's implicit cache, Grok's, Groq's and what gateways pass on. */
const OBSERVED: CacheRules = {
  automatic: true,
  ttlMs: 5 * MINUTE_MS,
  minTokens: 1_024,
  blockTokens: 1,
}

function cacheRules(provider: string, model: string | null): CacheRules {
  const family = tokenFamily(provider, model)
  if (family === 'anthropic') return CLAUDE
  if (provider === 'openai' || provider === 'azure') return OPENAI
  return provider === 'deepseek' ? DEEPSEEK : OBSERVED
}

const HOUR_MS = 60 * MINUTE_MS

/**
 * Tokens of this input that the provider's cache could hold by its own rules, if it kept what the last turn left there.
 * Whether it does is another question, which only its reports answer (`Learned.cacheShare`).
 */
export function readableTokens(
  provider: string,
  model: string | null,
  lastTurn: LastTurn | null,
  inputTokens: number,
  nowMs: number,
): number {
  if (!lastTurn || lastTurn.provider !== provider || lastTurn.model !== model) return 0
  const rules = cacheRules(provider, model)
  const ttlMs = lastTurn.hasHourWrites ? HOUR_MS : rules.ttlMs
  if (nowMs - lastTurn.endedAtMs > ttlMs) return 0
  if (inputTokens < lastTurn.inputTokens * TUNING.SAME_PREFIX_SHARE) return 0
  const cached = lastTurn.cacheReadTokens + lastTurn.cacheWriteTokens
  const isProven = cached > 0
  // Without marks only what was cached before is cached again; a cache of its own accord takes the whole prompt.
  const held = rules.automatic ? lastTurn.inputTokens : cached
  const read = Math.min(held, inputTokens - 1)
  if (read < rules.minTokens && !isProven) return 0
  return Math.max(0, Math.floor(read / rules.blockTokens) * rules.blockTokens)
}

/**
 * Shares the input out over cache reads, writes and fresh tokens. Writes are what lies before the last breakpoint that
 * the client set (`messageTokens` say how far that is; without them all of it), or everything, at a provider that
 * caches by itself and charges for it.
 */
export function splitInput(
  request: ModelRequest,
  card: RateCard,
  inputTokens: number,
  cacheReadTokens: number,
  messageTokens: readonly number[] | null,
): CacheSplit {
  const read = Math.min(cacheReadTokens, inputTokens)
  const marked = lastBreakpoint(request)
  const rest = inputTokens - read
  if (marked) {
    const prefix = messageTokens
      ? Math.min(inputTokens, prefixTokens(messageTokens, marked.index, inputTokens))
      : inputTokens
    const written = Math.max(0, prefix - read)
    const uncached = rest - written
    return marked.ttl === '1h'
      ? { read, write5m: 0, write1h: written, uncached }
      : { read, write5m: written, write1h: 0, uncached }
  }
  const writesByItself = card.rates.cacheWrite5m > card.rates.input && tokenFamily('', request.model) === 'openai'
  if (writesByItself && inputTokens >= OPENAI.minTokens) return { read, write5m: rest, write1h: 0, uncached: 0 }
  return { read, write5m: 0, write1h: 0, uncached: rest }
}

function lastBreakpoint(request: ModelRequest): { index: number; ttl: '5m' | '1h' } | null {
  let found: { index: number; ttl: '5m' | '1h' } | null = null
  let ttl: '5m' | '1h' = '5m'
  for (const [index, message] of request.messages.entries()) {
    if (message.cacheBreakpoint === null) continue
    // Where both are used, the more expensive one bounds the cost of the whole prefix.
    if (message.cacheBreakpoint === '1h') ttl = '1h'
    found = { index, ttl }
  }
  return found
}

/** The prefix up to and with a message, scaled to the input as it is now estimated. */
function prefixTokens(messageTokens: readonly number[], index: number, inputTokens: number): number {
  const total = messageTokens.reduce((sum, tokens) => sum + tokens, 0)
  if (total === 0) return inputTokens
  const prefix = messageTokens.slice(0, index + 1).reduce((sum, tokens) => sum + tokens, 0)
  return Math.ceil((prefix / total) * inputTokens)
}
