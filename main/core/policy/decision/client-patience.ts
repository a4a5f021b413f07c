import { TUNING } from './tuning.ts'
/** A client that waits for its first byte gives up some time, and most that give up ask again. */

type Headers = Readonly<Record<string, string | undefined>>

/** Seconds that a client says it waits: the SDKs of OpenAI and Anthropic, those of Google. */
const ANNOUNCED = ['x-stainless-read-timeout', 'x-stainless-timeout', 'x-server-timeout'] as const

/** Clients that do not say it, by their user agent, as measured (test/bench/silence.ts); the others wait for minutes. */
const MEASURED: readonly (readonly [agent: RegExp, waitsMs: number])[] = [[/^GeminiCLI/i, 60_000]]

/**
 * Until when a client has to have an answer, in epoch milliseconds: sooner than it gives up. Infinity where nothing
 * says that it ever does.
 */
export function answerBy(headers: Headers, startedAtMs: number): number {
  const waitsMs = patienceOf(headers)
  return startedAtMs + waitsMs - Math.min(TUNING.PATIENCE_MARGIN_MS, waitsMs * TUNING.PATIENCE_MARGIN_SHARE)
}

function patienceOf(headers: Headers): number {
  for (const name of ANNOUNCED) {
    const seconds = Number(headers[name])
    if (seconds > 0) return seconds * 1_000
  }
  const agent = headers['user-agent'] ?? ''
  return MEASURED.find(([pattern]) => pattern.test(agent))?.[1] ?? Number.POSITIVE_INFINITY
}
