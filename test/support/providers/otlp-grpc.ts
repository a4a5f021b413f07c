import { type Metadata, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

/** An OTLP/gRPC receiver: how many records of each signal came, decoded by the protocol's own schema, and with which headers. */
export interface OtlpGrpcReceiver {
  url: string
  spans: number
  metrics: number
  logs: number
  headers: Record<string, unknown>
  isDown: boolean
  stop(): void
}

const MESSAGES = {
  trace: 'otlp.ExportTraceServiceRequest',
  metrics: 'otlp.ExportMetricsServiceRequest',
  logs: 'otlp.ExportLogsServiceRequest',
}

export async function startOtlpGrpcReceiver(): Promise<OtlpGrpcReceiver> {
  const root = await protobuf.load('test/fixtures/otlp/otlp.proto')
  const server = new Server()
  const receiver: OtlpGrpcReceiver = {
    url: '',
    spans: 0,
    metrics: 0,
    logs: 0,
    headers: {},
    isDown: false,
    stop: () => server.forceShutdown(),
  }
  for (const signal of ['trace', 'metrics', 'logs'] as const) {
    const service = `${signal.charAt(0).toUpperCase()}${signal.slice(1)}Service`
    const definition: ServiceDefinition = {
      Export: {
        path: `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    }
    server.addService(definition, {
      Export: (
        call: { request: Buffer; metadata: Metadata },
        done: (error: object | null, answer?: Buffer) => void,
      ) => {
        if (receiver.isDown) return done({ code: status.UNAVAILABLE, details: 'down' })
        const message = root.lookupType(MESSAGES[signal]).decode(call.request).toJSON()
        const count = (JSON.stringify(message).match(/"(spanId|dataPoints|eventName)":/g) ?? []).length
        receiver[signal === 'trace' ? 'spans' : signal] += count
        receiver.headers = call.metadata.getMap()
        done(null, Buffer.alloc(0))
      },
    })
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  receiver.url = `grpc://127.0.0.1:${port}`
  return receiver
}
