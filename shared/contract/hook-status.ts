import { z } from 'zod'

/** A hook whose receiver fails, or whose events were too many. */
export const hookStatusSchema = z.object({
  /** The program, the host, or the variable that has the address. */
  name: z.string(),
  on: z.array(z.string()),
  error: z.string().nullable(),
  failingSince: z.string().nullable(),
  waiting: z.number().int(),
  dropped: z.number().int(),
})
export type HookStatus = z.infer<typeof hookStatusSchema>
