import { z } from 'zod'

/** One entry of the audit trail: a raise, a pause, a policy, an answer. `details` are the parts that the sentence is made of. */
export const auditEntrySchema = z.object({
  schema: z.literal(1),
  seq: z.number().int(),
  at: z.string(),
  /** The event's type in the ledger, such as `budget.raised`. */
  event: z.string(),
  developer: z.string(),
  sentence: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
