import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics as Prometheus reads them. */
export function prometheusText(metrics: ResourceMetrics): string {
  return new PrometheusSerializer(undefined, false, undefined, true, true).serialize(metrics)
}
