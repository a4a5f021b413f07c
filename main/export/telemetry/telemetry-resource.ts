import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'

export type TelemetryResource = Resource

/** Who tells: one gateway of one developer on one machine. */
export function telemetryResource(gateway: { version: string; instanceId: string }): TelemetryResource {
  return resourceFromAttributes({
    'service.name': 'allowance',
    'service.version': gateway.version,
    'service.instance.id': gateway.instanceId,
  })
}

export const SCOPE = { name: 'allowance' }
