import { z } from 'zod'

const reconciledSideSchema = z.object({
  calls: z.number().int(),
  inputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  outputTokens: z.number().int(),
  costUsd: z.string().nullable(),
})

/** One UTC day and model: the ledger against the provider's own report. */
export const reconcileRowSchema = z.object({
  provider: z.string(),
  day: z.string(),
  model: z.string(),
  ledger: reconciledSideSchema,
  /** Null when the provider reports nothing of that model and day; its `calls` are null where they are not counted. */
  reported: reconciledSideSchema.extend({ calls: z.number().int().nullable() }).nullable(),
  /** Ledger less report; null without a reported cost. */
  differenceUsd: z.string().nullable(),
  /** Tokens and cost are within a hundredth of each other. */
  agrees: z.boolean(),
  /** What may explain the difference, the likeliest first. */
  why: z.array(z.string()),
})
export type ReconcileRow = z.infer<typeof reconcileRowSchema>

export const reconcileReportSchema = z.object({
  schema: z.literal(1),
  since: z.string(),
  until: z.string(),
  providers: z.array(z.object({ provider: z.string(), error: z.string().nullable() })),
  rows: z.array(reconcileRowSchema),
})
export type ReconcileReport = z.infer<typeof reconcileReportSchema>
