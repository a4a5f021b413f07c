import { createOtlpHttpExportDelegate, httpAgentFactoryFromOptions } from '@opentelemetry/otlp-exporter-base/node-http'
import {
  createEmptyMetadata,
  createInsecureCredentials,
  createOtlpGrpcExportDelegate,
  createSslCredentials,
} from '@opentelemetry/otlp-grpc-exporter-base'
import {
  type IExporterMetricsHelper,
  type ISerializer,
  LogsExporterMetricsHelper,
  MetricsExporterMetricsHelper,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer'

/** One request may take this long; then it counts as failed and is sent again. */
const TIMEOUT_MS = 10_000

/**
 * What sends spans, metrics and logs to a receiver: over HTTP, or over gRPC where its URL says so (`grpc://`, `grpcs://`).
 * Not the exporters' own constructors: those read OTEL_* variables, which are those of the developer's own programs.
 */
export function otlpDelegates(base: string, headers: Readonly<Record<string, string>>) {
  const isGrpc = /^grpcs?:/.test(base)
  const delegate = <Internal, Response>(
    signal: 'trace' | 'metrics' | 'logs',
    serializer: ISerializer<Internal, Response>,
    helper: IExporterMetricsHelper<Internal>,
  ) => {
    const common = { timeoutMillis: TIMEOUT_MS, concurrencyLimit: 1, compression: 'gzip' as const }
    if (!isGrpc) {
      const request = {
        ...common,
        url: `${base}/v1/${signal === 'trace' ? 'traces' : signal}`,
        headers: async () => ({ ...headers, 'content-type': 'application/x-protobuf' }),
        agentFactory: httpAgentFactoryFromOptions({ keepAlive: true }),
        userAgent: 'allowance',
      }
      return createOtlpHttpExportDelegate(request, serializer, `otlp_http_${signal}_exporter`, helper, undefined)
    }
    const service = `${signal.charAt(0).toUpperCase()}${signal.slice(1)}Service`
    const request = {
      ...common,
      url: new URL(base.replace(/^grpc/, 'http')).host,
      credentials: () => (base.startsWith('grpcs:') ? createSslCredentials() : createInsecureCredentials()),
      metadata: () => {
        const metadata = createEmptyMetadata()
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
        return metadata
      },
      userAgent: 'allowance',
    }
    return createOtlpGrpcExportDelegate(
      request,
      serializer,
      `otlp_grpc_${signal}_exporter`,
      helper,
      undefined,
      service,
      `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`,
    )
  }
  return {
    spans: delegate('trace', ProtobufTraceSerializer, TraceExporterMetricsHelper),
    metrics: delegate('metrics', ProtobufMetricsSerializer, MetricsExporterMetricsHelper),
    logs: delegate('logs', ProtobufLogsSerializer, LogsExporterMetricsHelper),
  }
}
