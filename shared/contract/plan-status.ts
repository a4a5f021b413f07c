import { z } from 'zod'

/** One window of a signed-in plan, as its provider last said. */
export const planStatusSchema = z.object({
  provider: z.string(),
  windowMinutes: z.number(),
  usedPercent: z.number(),
  resetsAt: z.string(),
  /** When the provider said so. */
  at: z.string(),
  sentence: z.string(),
})
