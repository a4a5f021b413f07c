import type { Refusal } from '../../../../shared/calls/verdict.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** The longest `Retry-After` we send, in seconds: some SDKs sleep on whatever it says, silently. */
const MAX_RETRY_AFTER_SECONDS = 60

/**
 * The HTTP status of a refusal. 402 is one request and one clear sentence in every client but Codex, which retries
 * everything except a 400.
 */
export function refusalStatus(refusal: Refusal, headers: Headers): number {
  switch (refusal.code) {
    case 'rate-limited':
      return 429
    case 'context-too-large':
    case 'bad-request':
      return 400
    case 'too-large':
      return 413
    case 'internal':
      return 500
    default:
      return isCodex(headers) ? 400 : 402
  }
}

/** Headers that every refusal carries. Only a rate limit may be retried, and says when. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  const contentType = { 'content-type': 'application/json' }
  if (refusal.code !== 'rate-limited') return { ...contentType, 'x-should-retry': 'false' }
  return { ...contentType, 'retry-after': String(retryAfterSeconds(refusal)) }
}

export function retryAfterSeconds(refusal: Refusal): number {
  return Math.min(Math.max(refusal.retryAfterSeconds ?? 1, 1), MAX_RETRY_AFTER_SECONDS)
}

function isCodex(headers: Headers): boolean {
  return [headers['originator'], headers['user-agent']].some((value) => /^codex/i.test(value ?? ''))
}
