import { randomUUID } from 'node:crypto'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type OtlpExport, startOtlpExport } from '../export/telemetry/otlp-export.ts'
import { prometheusText } from '../export/telemetry/prometheus.ts'
import { spendMetrics } from '../export/telemetry/spend-metrics.ts'
import { telemetryResource } from '../export/telemetry/telemetry-resource.ts'
import { oldestSpendMs, spendParts } from '../ledger/queries/spend-queries.ts'
import type { Telemetry } from '../../shared/rules/policy.ts'
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

/** The part of telemetry that needs OpenTelemetry's packages, a third of the program: read when somebody asks for it. */
export function openTelemetry({ database, clock, version, developer, file, logger }: TelemetryOptions) {
  const resource = telemetryResource({ version, instanceId: randomUUID() })
  const metrics = (): ResourceMetrics => {
    const nowMs = clock()
    const sinceMs = oldestSpendMs(database) ?? nowMs
    return spendMetrics(spendParts(database, sinceMs, nowMs, 'profile'), resource, { sinceMs, nowMs })
  }
  return {
    metricsText: () => prometheusText(metrics()),
    export: (url: string, headers: Record<string, string>): OtlpExport =>
      startOtlpExport({ database, url, headers, resource, developer, metrics, file, logger }),
  }
}
