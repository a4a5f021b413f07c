import { z } from 'zod'

/** What a newcomer of this machine needs: how to run us here, in which shell, and which agents there are. */
export const setupSchema = z.object({
  schema: z.literal(1),
  /** How a terminal of this machine runs the command line; `allowance` where that is on the PATH. */
  command: z.string(),
  shell: z.object({
    name: z.enum(['bash', 'zsh', 'fish', 'PowerShell', 'sh']),
    /** The line that points a terminal of this shell at the gateway. */
    line: z.string(),
  }),
  /** Agents on the PATH of the gateway, each with the line that starts it through us. */
  agents: z.array(z.object({ name: z.string(), line: z.string() })),
})
export type Setup = z.infer<typeof setupSchema>
