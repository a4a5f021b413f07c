import { commandLine } from '../../../../shared/values/command-line.ts'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { ReconcileReport, ReconcileRow } from '../../../../shared/contract/reconcile.ts'
import { AllowanceError, messageOf } from '../../../../shared/contract/errors.ts'
import { formatTokens } from '../../../../shared/values/format.ts'
import { momentOf } from '../../../control/views/moment.ts'
import { providerById } from '../../../core/providers/registry.ts'
import { anthropicQueries, readAnthropicPage } from '../../../core/reconcile/anthropic-report.ts'
import { compareUsage } from '../../../core/reconcile/compare-usage.ts'
import { openAiQueries, readOpenAiPage } from '../../../core/reconcile/openai-report.ts'
import type { ReportedUsage, ReportPage, ReportQuery } from '../../../core/reconcile/reported-usage.ts'
import { callsSince, gatewayEvents } from '../../../ledger/queries/call-queries.ts'
import { httpGet } from '../../../platform/network/http-get.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { dollars, paints, printJson, table } from '../../support/output.ts'
import { readLedger, settingsOf } from '../../support/read-ledger.ts'

const DAY_MS = 86_400_000
const TIMEOUT_MS = 30_000
const MAX_BYTES = 16 * 1024 * 1024
/** Pages of one report: a year of days, and a guard against a mark that never ends. */
const MAX_PAGES = 60

interface Source {
  provider: ReportedUsage['provider']
  keyVariable: string
  headers(key: string): Record<string, string>
  queries(sinceMs: number, untilMs: number): ReportQuery[]
  read(document: unknown): ReportPage
}

const SOURCES: readonly Source[] = [
  {
    provider: 'openai',
    keyVariable: 'OPENAI_ADMIN_KEY',
    headers: (key) => ({ authorization: `Bearer ${key}` }),
    queries: openAiQueries,
    read: readOpenAiPage,
  },
  {
    provider: 'anthropic',
    keyVariable: 'ANTHROPIC_ADMIN_KEY',
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    queries: anthropicQueries,
    read: readAnthropicPage,
  },
]

/**
 * `allowance reconcile`: the ledger against the providers' own usage and cost reports, per UTC day and model. The keys
 * are read from the environment, used for these requests, and kept nowhere. 1 when something differs by over a hundredth.
 */
export async function reconcile(options: { since?: string; json?: boolean }, io: Io): Promise<number> {
  const sources = SOURCES.filter(({ keyVariable }) => io.env[keyVariable])
  if (sources.length === 0) {
    const names = SOURCES.map(({ keyVariable }) => keyVariable).join(' or ')
    throw new AllowanceError(
      'usage',
      `reconciling needs an admin key of the organization, in ${names}`,
      `OPENAI_ADMIN_KEY=… ${commandLine()} reconcile`,
    )
  }
  const report = await readLedger(io, async ({ database, timeZone, nowMs }) => {
    const asked = momentOf('since', options.since ?? '7d', timeZone, nowMs)
    // Reports come in whole UTC days, so the ledger is read in these too.
    const sinceMs = Math.floor(asked / DAY_MS) * DAY_MS
    const untilMs = Math.ceil(nowMs / DAY_MS) * DAY_MS
    const found = await Promise.all(sources.map((source) => reportOf(source, sinceMs, untilMs, io)))
    const gaps = gatewayEvents(database, ['gap.recorded'], sinceMs).flatMap(({ event }) =>
      event.type === 'gap.recorded' ? [event] : [],
    )
    const answered = new Set(found.filter(({ error }) => error === null).map(({ provider }) => provider as string))
    const calls = filtered(callsSince(database, sinceMs), (call) => answered.has(call.provider))
    return {
      schema: 1 as const,
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      providers: found.map(({ provider, error }) => ({ provider, error })),
      rows: compareUsage({
        calls,
        reported: found.flatMap(({ usages }) => usages),
        gapDays: new Set(gaps.map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 10))),
        today: new Date(nowMs).toISOString().slice(0, 10),
      }),
    }
  })
  if (options.json) printJson(io, report)
  else io.stdout(asText(report, io))
  const agrees = report.providers.every(({ error }) => error === null) && report.rows.every((row) => row.agrees)
  return agrees ? EXIT.ok : EXIT.no
}

async function reportOf(source: Source, sinceMs: number, untilMs: number, io: Io) {
  const { provider, keyVariable, headers, queries, read } = source
  const { upstreams, httpsProxy } = settingsOf(io)
  const origin = (upstreams[provider] ?? providerById(provider)?.origin ?? '').replace(/\/$/, '')
  const proxy = origin.startsWith('https:') ? httpsProxy : null
  const usages: ReportedUsage[] = []
  try {
    for (const { path, parameters } of queries(sinceMs, untilMs)) {
      let page: string | null = null
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const search = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]))
        if (page !== null) search.set('page', page)
        const answer = await httpGet(`${origin}${path}?${search}`, {
          headers: headers(io.env[keyVariable] ?? ''),
          timeoutMs: TIMEOUT_MS,
          maxBytes: MAX_BYTES,
          proxy,
        })
        if (answer.status !== 200) throw new Error(refused(answer.status, path, keyVariable))
        const document = JSON.parse(answer.text) as { data?: unknown }
        // A report that changed its shape must not read as nothing spent.
        if (!Array.isArray(document.data)) throw new Error(`${path} answered in an unknown format`)
        const found: ReportPage = read(document)
        usages.push(...found.usages)
        page = found.nextPage
        if (page === null) break
      }
    }
    return { provider, error: null, usages }
  } catch (error) {
    return { provider, error: messageOf(error), usages: [] }
  }
}

function refused(status: number, path: string, keyVariable: string): string {
  return status === 401 || status === 403
    ? `${keyVariable} is not allowed to read ${path} (HTTP ${status}): an admin key is needed`
    : `${path} answered HTTP ${status}`
}

function* filtered(calls: Iterable<CallRecord>, keeps: (call: CallRecord) => boolean): Iterable<CallRecord> {
  for (const call of calls) if (keeps(call)) yield call
}

function asText({ providers, rows }: ReconcileReport, io: Io): string {
  const { dim, green, red, yellow } = paints(io)
  const troubles = providers.flatMap(({ provider, error }) =>
    error === null ? [] : [yellow(`  ! ${provider}: ${error}\n`)],
  )
  const tokens = (side: ReconcileRow['ledger'] | ReconcileRow['reported']) =>
    side ? formatTokens(side.inputTokens + side.outputTokens) : '–'
  const body = table(
    rows,
    [
      { title: 'DAY', text: (row) => row.day },
      { title: 'MODEL', text: (row) => row.model, maxWidth: 40 },
      { title: 'LEDGER', align: 'right', text: (row) => tokens(row.ledger) },
      { title: 'REPORTED', align: 'right', text: (row) => tokens(row.reported) },
      { title: 'COST', align: 'right', text: (row) => dollars(row.ledger.costUsd) },
      { title: 'REPORTED', align: 'right', text: (row) => dollars(row.reported?.costUsd ?? null) },
      { title: '', text: (row) => (row.agrees ? '✓' : '✗'), paint: (row) => (row.agrees ? green : red) },
    ],
    dim,
  )
  const why = rows
    .filter((row) => !row.agrees)
    .flatMap((row) => row.why.map((reason) => `  ${row.day} ${row.model}: ${reason}\n`))
  const empty = rows.length === 0 && troubles.length === 0 ? dim('  no calls, and nothing reported\n') : ''
  return `${troubles.join('')}${body}${empty}${why.length > 0 ? `\n${why.join('')}` : ''}`
}
