/** `statusline.json` in the home: what an agent's status bar shows, made by the gateway and read without asking it. */
export interface StatuslineFile {
  schema: 1
  at: string
  /** The gateway that wrote it; when that is gone, the values are the last known. */
  pid: number
  state: 'ok' | 'paused' | 'killed' | 'degraded'
  /** As in the status: decimal dollars. */
  spend: {
    spentUsd: string
    limitUsd: string | null
    raisedUsd: string
    leftUsd: string | null
    burnUsdPerHour: string
  }
  /** Windows of signed-in plans: `5 h: 42 % used, resets 14:00`. Absent where there are none. */
  plans?: string[]
  /** Today's spend of the latest sessions. */
  sessions: { session: string; costUsd: string }[]
}
