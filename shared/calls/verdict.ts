import { z } from 'zod'

/** From mildest to most severe; the order in which verdicts are folded into one decision. */
export const VERDICTS = ['allow', 'warn', 'throttle', 'ask', 'deny'] as const
export const verdictKindSchema = z.enum(VERDICTS)
export type VerdictKind = z.infer<typeof verdictKindSchema>

/** What one rule said of one call, with the sentence a developer reads. */
export const verdictSchema = z.object({
  guard: z.string(),
  rule: z.string().nullable().optional(),
  verdict: verdictKindSchema,
  reason: z.string(),
})
export type Verdict = z.infer<typeof verdictSchema>

export const REFUSAL_CODES = [
  'cap-reached',
  'rate-limited',
  'context-too-large',
  'conversation-limit',
  'loop-detected',
  'retry-storm',
  'fan-out',
  'orphan',
  'cache-miss-streak',
  'call-cap',
  'quiet-hours',
  'model-not-allowed',
  'provider-not-allowed',
  'paused',
  'policy-unavailable',
  'ledger-unavailable',
  'declined',
  'bad-request',
  'too-large',
  'internal',
] as const
export const refusalCodeSchema = z.enum(REFUSAL_CODES)
export type RefusalCode = z.infer<typeof refusalCodeSchema>

/**
 * A call that was not sent, and why. `message` is made once and shown everywhere: in the SDK's error, the CLI, the
 * notification and the window. Amounts are exact decimal dollars, null where the refusal is not about money.
 */
export const refusalSchema = z.object({
  code: refusalCodeSchema,
  message: z.string(),
  rule: z.string().nullable(),
  policyVersion: z.number().int().nullable(),
  spentUsd: z.string().nullable(),
  heldUsd: z.string().nullable(),
  limitUsd: z.string().nullable(),
  resetsAt: z.string().nullable(),
  /** Seconds until a retry can succeed; only for `rate-limited`, at most 60. */
  retryAfterSeconds: z.number().int().positive().nullable().optional(),
  /** Tokens asked and allowed; only for `context-too-large`, because agents read them out of the sentence. */
  contextTokens: z.number().int().nullable().optional(),
  contextLimit: z.number().int().nullable().optional(),
})
export type Refusal = z.infer<typeof refusalSchema>
