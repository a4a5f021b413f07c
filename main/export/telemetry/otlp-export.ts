import { readFileSync } from 'node:fs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { AUDIT_TYPES, auditEntryOf } from '../../core/ledger/outward/audit.ts'
import { eventsAfter } from '../../ledger/queries/audit-queries.ts'
import { callsAfter, lastSeq } from '../../ledger/queries/call-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import { writePrivateFile } from '../../platform/home/write-private-file.ts'
import type { Logger } from '../../platform/system/logger.ts'
import { auditLog } from './audit-log.ts'
import { callSpan } from './call-span.ts'
import { otlpDelegates } from './otlp-delegates.ts'
import type { TelemetryResource } from './telemetry-resource.ts'

export interface OtlpExportOptions {
  database: Database
  /** Of an OTLP receiver: `http://collector:4318`, to which `/v1/traces` and so on are added, or `grpc://collector:4317`. */
  url: string
  /** Sent with each request. */
  headers: Readonly<Record<string, string>>
  resource: TelemetryResource
  developer: string
  /** Cumulative metrics as of now. */
  metrics(): ResourceMetrics
  /** Where the mark is kept: the last event whose call was exported. */
  file: string
  logger: Logger
  /** How often the ledger is looked at for calls to export. */
  everyMs?: number
}

export interface OtlpExport {
  /** Exports what there is now; resolves when it was taken or has failed. */
  flush(): Promise<void>
  status(): { url: string; behind: number; error: string | null }
  close(): Promise<void>
}

/** Spans in one request: about 500 KB, below the 4 MiB that receivers take by default. */
const BATCH = 512
/** Dashboards are read by the minute; a call's span need not be there at once. */
const EVERY_MS = 5_000
/** A receiver that takes no logs is asked again after this. */
const AUDIT_RETRY_MS = 5 * 60_000

/**
 * Sends closed calls and cumulative metrics to an OTLP receiver. The ledger is the queue: nothing is buffered, no call
 * waits for it, and after a restart or an outage it goes on from its mark. A call is sent at least once; span ids are
 * derived from call ids, so a receiver can drop repeats.
 */
export function startOtlpExport(options: OtlpExportOptions): OtlpExport {
  const { database, url, headers, resource, logger, file } = options
  const base = url.replace(/\/+$/, '')
  const { spans, metrics, logs } = otlpDelegates(base, headers)
  let { mark, auditMark } = readMarks(file, base)
  let auditDueMs = 0
  let error: string | null = null
  let running: Promise<void> | null = null
  let isClosed = false

  const timer = setInterval(() => void flush(), options.everyMs ?? EVERY_MS)
  timer.unref()
  void flush()
  return {
    flush,
    status: () => ({ url: base, behind: Math.max(0, lastSeq(database) - mark), error }),
    async close() {
      clearInterval(timer)
      await flush()
      isClosed = true
      await Promise.all([spans.shutdown(), metrics.shutdown(), logs.shutdown()])
    },
  }

  function flush(): Promise<void> {
    if (isClosed) return Promise.resolve()
    running ??= exportAll().finally(() => {
      running = null
    })
    return running
  }

  async function exportAll(): Promise<void> {
    try {
      const before = mark
      for (;;) {
        const calls = callsAfter(database, mark, BATCH)
        const last = calls.at(-1)
        if (last === undefined) break
        const closed = calls.filter(isClosedCall).map((record) => callSpan(record, resource))
        if (closed.length > 0) await taken((done) => spans.export(closed, done))
        mark = last.seq
        keepMarks()
      }
      if (mark !== before) await taken((done) => metrics.export(options.metrics(), done))
      if (error !== null) logger.info('telemetry is exported again', { url: base })
      error = null
    } catch (failure) {
      const message = messageOf(failure)
      // Once, not every five seconds: the receiver may be away for days.
      if (error === null)
        logger.warn('telemetry could not be exported; it is tried again', { url: base, error: message })
      error = message
    }
    await exportAudit()
  }

  /** Many receivers take spans and no logs: that is no fault of the spans, and is tried again seldom. */
  async function exportAudit(): Promise<void> {
    if (performance.now() < auditDueMs) return
    try {
      for (;;) {
        const entries = eventsAfter(database, AUDIT_TYPES, { seq: auditMark, sinceMs: 0 }, BATCH)
        const last = entries.at(-1)
        if (last === undefined) return
        const told = entries.flatMap((entry) => auditEntryOf(entry, options.developer) ?? [])
        await taken((done) =>
          logs.export(
            told.map((entry) => auditLog(entry, resource)),
            done,
          ),
        )
        auditMark = last.seq
        keepMarks()
      }
    } catch (failure) {
      if (auditDueMs === 0)
        logger.warn('the audit trail could not be exported; it is tried again', {
          url: base,
          error: messageOf(failure),
        })
      auditDueMs = performance.now() + AUDIT_RETRY_MS
    }
  }

  function keepMarks(): void {
    writePrivateFile(file, JSON.stringify({ url: base, seq: mark, audit: auditMark }), { durable: false })
  }
}

function isClosedCall({ state }: CallRecord): boolean {
  return state === 'settled' || state === 'expired' || state === 'released' || state === 'refused'
}

function taken(start: (done: (result: { code: number; error?: Error }) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start(({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('the receiver refused it'))))
  })
}

/** From the beginning of the ledger where nothing was exported yet, or went to another receiver. */
function readMarks(file: string, url: string): { mark: number; auditMark: number } {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { url?: unknown; seq?: unknown; audit?: unknown }
    const known = (seq: unknown) => (kept.url === url && typeof seq === 'number' ? seq : 0)
    return { mark: known(kept.seq), auditMark: known(kept.audit) }
  } catch {
    return { mark: 0, auditMark: 0 }
  }
}
