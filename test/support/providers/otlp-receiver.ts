import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'

type Value = { stringValue?: string; intValue?: number; doubleValue?: number }
interface RawSpan {
  spanId: string
  traceId: string
  name: string
  attributes: { key: string; value: Value }[]
}
interface RawLog {
  eventName: string
  body: Value
  attributes: { key: string; value: Value }[]
}
interface RawMetric {
  name: string
  sum: { dataPoints: { asInt?: number; asDouble?: number; attributes: { key: string; value: Value }[] }[] }
}

export interface ReceivedSpan {
  spanId: string
  traceId: string
  name: string
  attributes: Record<string, string | number | undefined>
}

export interface OtlpReceiver {
  url: string
  /** Every span as it came, repeats included. */
  spans: ReceivedSpan[]
  logs: { event: string; sentence: string; attributes: ReceivedSpan['attributes'] }[]
  /** The last value of each metric, summed over its points. */
  metrics: Map<string, number>
  requests: number
  /** The headers of the last request. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** Answers 503 while it is true. */
  isDown: boolean
  /** Takes spans and breaks the connection before it says so. */
  breaksAfterTaking: boolean
  /** Resolves when `fits` does, checked after each request. */
  until(fits: (receiver: OtlpReceiver) => boolean): Promise<void>
  stop(): Promise<void>
}

/** An OTLP/HTTP receiver that decodes by the protocol's own schema, with a library that is not the sender's. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const root = await protobuf.load('test/fixtures/otlp/otlp.proto')
  const decode = (name: string, body: Buffer) =>
    root
      .lookupType(name)
      .toObject(root.lookupType(name).decode(body), { longs: Number, bytes: String, defaults: false })
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    void buffer(request).then((raw) => {
      receiver.requests += 1
      receiver.headers = request.headers
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      if (receiver.isDown) response.writeHead(503).end()
      else {
        if (request.url === '/v1/traces') takeSpans(decode('otlp.ExportTraceServiceRequest', body))
        if (request.url === '/v1/logs') takeLogs(decode('otlp.ExportLogsServiceRequest', body))
        if (request.url === '/v1/metrics') takeMetrics(decode('otlp.ExportMetricsServiceRequest', body))
        if (receiver.breaksAfterTaking) response.destroy()
        else response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
      }
      for (const check of waiting) check()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    logs: [],
    metrics: new Map(),
    requests: 0,
    headers: {},
    isDown: false,
    breaksAfterTaking: false,
    until: (fits) =>
      new Promise((resolve) => {
        const check = () => {
          if (!fits(receiver)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver

  function takeSpans(message: Record<string, unknown>): void {
    for (const { scopeSpans } of message.resourceSpans as { scopeSpans: { spans: RawSpan[] }[] }[])
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        receiver.spans.push({
          spanId: Buffer.from(span.spanId, 'base64').toString('hex'),
          traceId: Buffer.from(span.traceId, 'base64').toString('hex'),
          name: span.name,
          attributes: attributesOf(span.attributes),
        })
  }

  function takeLogs(message: Record<string, unknown>): void {
    for (const { scopeLogs } of message.resourceLogs as { scopeLogs: { logRecords: RawLog[] }[] }[])
      for (const { eventName, body, attributes } of scopeLogs.flatMap(({ logRecords }) => logRecords))
        receiver.logs.push({
          event: eventName,
          sentence: body.stringValue ?? '',
          attributes: attributesOf(attributes),
        })
  }

  function takeMetrics(message: Record<string, unknown>): void {
    for (const { scopeMetrics } of message.resourceMetrics as { scopeMetrics: { metrics: RawMetric[] }[] }[])
      for (const { name, sum } of scopeMetrics.flatMap(({ metrics }) => metrics))
        for (const type of new Set((sum.dataPoints ?? []).map(tokenType))) {
          const points = sum.dataPoints.filter((point) => tokenType(point) === type)
          receiver.metrics.set(
            type === '' ? name : `${name} ${type}`,
            points.reduce((total, point) => total + (point.asInt ?? point.asDouble ?? 0), 0),
          )
        }
  }
}

function tokenType({ attributes }: RawMetric['sum']['dataPoints'][number]): string {
  return String(attributesOf(attributes)['gen_ai.token.type'] ?? '')
}

function attributesOf(attributes: readonly { key: string; value: Value }[] = []): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue]),
  )
}
