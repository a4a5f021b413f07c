import { z } from 'zod'

/** What the gateway process tells the shell over its parent port. */
const reportSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    proxy: z.string(),
    control: z.string(),
    token: z.string(),
    pid: z.number().int(),
  }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string(), fix: z.string().nullable() }),
])
export type GatewayReport = z.infer<typeof reportSchema>

/** What the shell asks of the gateway process: settle what runs and end. */
export const STOP_REQUEST = { type: 'stop' } as const

/** Null for anything that is no report: a newer gateway may say more than this shell knows. */
export function parseReport(message: unknown): GatewayReport | null {
  return reportSchema.safeParse(message).data ?? null
}
