import type { UsdNanos } from '../../../../shared/values/money.ts'
import type { Usage } from '../../../../shared/calls/usage.ts'

/** One message of the model, or its calls of tools. */
export interface Said {
  text: string
  /** Arguments as canonical text. */
  toolCalls: { name: string; arguments: string }[]
}

/** What a response said of itself. `usage` is null when the provider reported none (or none yet). */
export interface Reading {
  usage: Usage | null
  responseModel: string | null
  responseId: string | null
  /** The provider's own word on what the call cost, where it gives one: wins over any list price. */
  providerCostNanos: UsdNanos | null
  serviceTier: string | null
  /** Web searches and the like that are charged by piece. */
  toolUses: Readonly<Record<string, number>>
  /** Rough count of the output that passed by (rough-tokens): text, tool arguments and visible thinking. */
  roughOutputTokens: number
  /** The output text itself, only while the call runs and only up to a bound, for an estimate when no usage comes. */
  outputText: string
  /** The response is complete: a terminal event, or a whole plain body. */
  done: boolean
  /** The response is an error, or holds one: in the body or in a stream. */
  failed: boolean
  finishReason: string | null
  /** Names of tools that the answer calls. */
  toolCalls: string[]
  /** What it said and called, where a later call only names it: kept to be fingerprinted, up to a bound. */
  said: Said[]
  /** A background response that is not finished: settle when a later GET shows it so. */
  pending: boolean
  /** How many calls the usage sums up, where it is a batch's: a price by size looks at each, not at their sum. */
  calls?: number
}

/**
 * Reads one response as it passes. Stateful but pure: no clock, no I/O. It never throws on what a provider sends;
 * what it does not understand it passes over. Framing (SSE, JSON lines, AWS event stream) is somebody else's work:
 * it is given parsed values.
 */
export interface UsageReader {
  /** A whole plain body, parsed; called at most once. `headers` in lower case (Bedrock reports usage there). */
  body(value: unknown, headers: Readonly<Record<string, string | undefined>>, httpStatus: number): void
  /** One event of a stream. `name` is the SSE event name or the AWS event type, null when there is none. */
  event(name: string | null, value: unknown): void
  /** Where things stand; cheap, called after every chunk. */
  reading(): Reading
  /** True when this event only exists because we asked for usage and the client did not: it is taken out again. */
  isOurs?(value: unknown): boolean
}
