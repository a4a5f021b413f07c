import type { Settings } from '../../shared/rules/settings.ts'
import type { Clock } from '../platform/system/clock.ts'
import type { Logger } from '../platform/system/logger.ts'

/** What a gateway is made from. */
export interface GatewayOptions {
  settings: Settings
  home: string
  version: string
  env: Readonly<Record<string, string | undefined>>
  logger: Logger
  clock?: Clock
  /** The built token worker; null counts in this thread. */
  tokenWorkerPath: string | null
  /** How long running calls may take to finish when the gateway stops. */
  stopGraceMs?: number
}
