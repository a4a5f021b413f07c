import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type OtlpExport, startOtlpExport } from '../../main/export/telemetry/otlp-export.ts'
import { spendMetrics } from '../../main/export/telemetry/spend-metrics.ts'
import { telemetryResource } from '../../main/export/telemetry/telemetry-resource.ts'
import { spendParts } from '../../main/ledger/queries/spend-queries.ts'
import { silentLogger } from '../../main/platform/system/logger.ts'
import { telemetrySchema } from '../../shared/rules/policy.ts'
import { createTestView, type TestView } from '../support/gateway/control-view.ts'
import { type OtlpGrpcReceiver, startOtlpGrpcReceiver } from '../support/providers/otlp-grpc.ts'

let view: TestView
let receiver: OtlpGrpcReceiver
let exporter: OtlpExport

beforeEach(async () => {
  view = await createTestView()
  receiver = await startOtlpGrpcReceiver()
  const { database } = view.books.ledger.store
  const resource = telemetryResource({ version: 'test', instanceId: 'one' })
  exporter = startOtlpExport({
    database,
    url: receiver.url,
    headers: { 'x-tenant': 'acme' },
    resource,
    developer: 'ada@acme.dev',
    metrics: () =>
      spendMetrics(spendParts(database, 0, Number.MAX_SAFE_INTEGER, 'thread'), resource, {
        sinceMs: 0,
        nowMs: view.nowMs,
      }),
    file: path.join(view.home, 'telemetry.json'),
    logger: silentLogger,
    everyMs: 3_600_000,
  })
})
afterEach(async () => {
  receiver.isDown = false
  await exporter.close()
  receiver.stop()
  view.close()
})

test('spans, sums and the audit trail go over gRPC, with the headers', async () => {
  await exporter.flush()
  view.spend('0.10')
  view.spend('0.20')
  view.books.traffic.pause('s1')
  await exporter.flush()
  expect(receiver).toMatchObject({ spans: 2, logs: 1, headers: { 'x-tenant': 'acme' } })
  expect(receiver.metrics).toBeGreaterThan(0)
  expect(exporter.status().error).toBeNull()
})

test('a receiver that was away gets what it missed', async () => {
  await exporter.flush()
  receiver.isDown = true
  view.spend('0.10')
  await exporter.flush()
  expect(exporter.status()).toMatchObject({ error: expect.stringMatching(/down|UNAVAILABLE/i) })
  receiver.isDown = false
  await vi.waitFor(async () => {
    await exporter.flush()
    expect(receiver.spans).toBe(1)
  })
})

test('the scheme of the address says which way', () => {
  for (const otlpUrl of ['https://c.dev:4318', 'grpc://c.dev:4317', 'grpcs://c.dev:4317'])
    expect(telemetrySchema.safeParse({ otlpUrl }).success).toBe(true)
  expect(telemetrySchema.safeParse({ otlpUrl: 'ftp://c.dev' }).success).toBe(false)
})
