import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** Metrics as Prometheus reads them. */
export function prometheusText(metrics: ResourceMetrics): string {
  return new PrometheusSerializer(undefined, false, undefined, true, true).serialize(metrics)
}
