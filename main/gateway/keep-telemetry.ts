import { randomUUID } from 'node:crypto'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Telemetry } from '../../shared/rules/policy.ts'
import { type OtlpExport, startOtlpExport } from '../export/telemetry/otlp-export.ts'
import { prometheusText } from '../export/telemetry/prometheus.ts'
import { spendMetrics } from '../export/telemetry/spend-metrics.ts'
import { telemetryResource } from '../export/telemetry/telemetry-resource.ts'
import { oldestSpendMs, spendParts } from '../ledger/queries/spend-queries.ts'
import type { Database } from '../ledger/store/sqlite.ts'
import type { Clock } from '../platform/system/clock.ts'
import type { Logger } from '../platform/system/logger.ts'

export interface TelemetryOptions {
  database: Database
  developer: string
  /** Which receiver is asked for now: the policy's, else the settings'. */
  wanted(): Telemetry | null
  env: Readonly<Record<string, string | undefined>>
  version: string
  file: string
  clock: Clock
  logger: Logger
}

/** Exports to whichever receiver the policy or the settings name, and follows a change of it. */
export function keepTelemetry(options: TelemetryOptions) {
  const { database, clock, logger, env } = options
  const resource = telemetryResource({ version: options.version, instanceId: randomUUID() })
  const metrics = (): ResourceMetrics => {
    const nowMs = clock()
    const sinceMs = oldestSpendMs(database) ?? nowMs
    return spendMetrics(spendParts(database, sinceMs, nowMs, 'profile'), resource, { sinceMs, nowMs })
  }
  let current: { key: string; exporter: OtlpExport } | null = null
  follow()
  return {
    follow,
    metricsText: () => prometheusText(metrics()),
    close: async () => current?.exporter.close(),
  }

  function follow(): void {
    const wanted = options.wanted()
    const key = JSON.stringify(wanted)
    if (current?.key === key) return
    void current?.exporter.close()
    current = null
    if (wanted === null || wanted.otlpUrl === null) return
    const headers: Record<string, string> = {}
    for (const [name, variable] of Object.entries(wanted.headersFromEnv)) {
      const value = env[variable]
      if (value === undefined || value === '')
        logger.warn('telemetry is sent without a header whose variable is not set', { header: name, variable })
      else headers[name] = value
    }
    const { file, developer } = options
    current = {
      key,
      exporter: startOtlpExport({ database, url: wanted.otlpUrl, headers, resource, developer, metrics, file, logger }),
    }
  }
}
