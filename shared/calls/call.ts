import { z } from 'zod'
import { attributionSchema } from './attribution.ts'
import { usageSchema } from './usage.ts'
import { refusalSchema, verdictSchema } from './verdict.ts'

export const callStateSchema = z.enum(['waiting', 'asked', 'open', 'settled', 'released', 'expired', 'refused'])
export type CallState = z.infer<typeof callStateSchema>

export const callKindSchema = z.enum(['prompt', 'tool-loop', 'retrieval', 'retry', 'auxiliary'])
export type CallKind = z.infer<typeof callKindSchema>

/** How the response ended, for the client. `cut`: we ended a stream because its budget ran out. */
export const endingSchema = z.enum(['complete', 'client-left', 'upstream-broke', 'upstream-error', 'cut', 'crashed'])
export type Ending = z.infer<typeof endingSchema>

/** How sure the price is: from the dataset or policy, stated by the provider, a ceiling for an unknown model, or free by declaration. */
export const pricedSchema = z.enum(['exact', 'provider', 'ceiling', 'free'])
export type Priced = z.infer<typeof pricedSchema>

export const billingSchema = z.enum(['metered', 'subscription', 'local'])
export type Billing = z.infer<typeof billingSchema>

export const VIAS = ['base-url', 'connect', 'absolute', 'websocket'] as const
/** By base URL, out of a decrypted tunnel, in absolute form through a proxy, or over a WebSocket. */
export const viaSchema = z.enum(VIAS)
export type Via = z.infer<typeof viaSchema>

/** A prefix that was in the provider's cache and was paid for again. */
export const cacheMissSchema = z.object({
  tokens: z.number().int(),
  /** What it cost more than reading it from the cache. */
  costUsd: z.string(),
  /** `evicted`: nothing was changed and the time had not run out; the provider did not keep it. */
  cause: z.enum(['prefix-changed', 'model-changed', 'expired', 'evicted']),
  /** The first message that is not the one that stood there before (0 is the first); null where none was changed. */
  message: z.object({ index: z.number().int(), role: z.string().nullable() }).nullable(),
  /** The turn whose prefix it was. */
  callId: z.string(),
})
export type CacheMiss = z.infer<typeof cacheMissSchema>

/**
 * One call as users and scripts see it (contract section 5), and as the ledger keeps it. Dollars are exact decimal
 * strings, times ISO 8601 in UTC. `costUsd`, `usage` and `ending` are null while the call is open.
 */
export const callRecordSchema = z.object({
  schema: z.literal(1),
  id: z.string(),
  seq: z.number().int(),
  state: callStateSchema,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  provider: z.string(),
  api: z.string(),
  requestModel: z.string().nullable(),
  responseModel: z.string().nullable(),
  responseId: z.string().nullable(),
  /** The service tier and the tools charged by piece, as the provider reported them: with the usage they make the price. */
  serviceTier: z.string().nullish(),
  toolUses: z.record(z.string(), z.number()).nullish(),
  stream: z.boolean(),
  kind: callKindSchema,
  billing: billingSchema,
  /** The way it came in; absent in what older versions wrote. */
  via: viaSchema.nullish(),
  attribution: attributionSchema,
  conversation: z.string().nullable(),
  attempt: z.number().int(),
  /** What happened since the model spoke last: the tools it had called, and a keyed mark that is equal for equal steps. */
  step: z.object({ tools: z.array(z.string()), mark: z.string() }).nullish(),
  contextTokens: z.number().int().nullable(),
  contextWindow: z.number().int().nullable(),
  usage: usageSchema.nullable(),
  costUsd: z.string().nullable(),
  cacheMiss: cacheMissSchema.nullish(),
  heldUsd: z.string(),
  clampedTo: z.number().int().nullable(),
  priced: pricedSchema,
  priceVersion: z.string(),
  httpStatus: z.number().int().nullable(),
  ending: endingSchema.nullable(),
  refusal: refusalSchema.nullable(),
  verdicts: z.array(verdictSchema),
})
export type CallRecord = z.infer<typeof callRecordSchema>
