import type { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import type { AuditEntry } from '../../../shared/contract/audit.ts'
import { SCOPE, type TelemetryResource } from './telemetry-resource.ts'

export type LogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]

/** OpenTelemetry's number for information. */
const SEVERITY_INFO = 9

/** One entry of the audit trail as an OpenTelemetry event. `allowance.seq` tells a receiver what it has already. */
export function auditLog({ seq, at, event, developer, sentence, details }: AuditEntry, resource: TelemetryResource) {
  const atMs = Date.parse(at)
  const time: [number, number] = [Math.floor(atMs / 1_000), (atMs % 1_000) * 1_000_000]
  const known = Object.entries(details).filter((detail): detail is [string, string | number | boolean] => {
    return detail[1] !== null
  })
  return {
    hrTime: time,
    hrTimeObserved: time,
    severityNumber: SEVERITY_INFO,
    severityText: 'INFO',
    eventName: `allowance.${event}`,
    body: sentence,
    attributes: {
      'allowance.seq': seq,
      'allowance.developer': developer,
      ...Object.fromEntries(known.map(([name, value]) => [`allowance.audit.${name}`, value])),
    },
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
  } satisfies LogRecord
}
