import {
  isSpendPeriod,
  type ModelSuggestion,
  type SpendReport,
  spendDimensionSchema,
  SPEND_DIMENSIONS,
} from '../../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { formatPeriod, formatTokens } from '../../../../shared/values/format.ts'
import { addUsage, contextTokens } from '../../../../shared/calls/usage.ts'
import { spendBy, spendPartsOf, spendSuggestions } from '../../../control/views/spend.ts'
import { nearest } from '../../../core/policy/document/nearest.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { toCsv } from '../../../../shared/values/csv.ts'
import { clockTime, dollars, paints, printJson, table } from '../../support/output.ts'
import { knownPrices, readLedger } from '../../support/read-ledger.ts'

export interface SpendOptions {
  by?: string
  since?: string
  until?: string
  csv?: boolean
  focus?: boolean
  /** False by `--no-imported`. */
  imported?: boolean
  whatIf?: string
  json?: boolean
}

/** `allowance spend --by …`: where the money went, read from the ledger. */
export async function spend(options: SpendOptions, io: Io): Promise<number> {
  const by = options.by ?? 'project'
  if (!spendDimensionSchema.safeParse(by).success || by === 'tag:') {
    const near = nearest(by, SPEND_DIMENSIONS)
    throw new AllowanceError(
      'usage',
      `spend cannot be grouped by "${by}"`,
      near ? `--by ${near}` : `--by ${SPEND_DIMENSIONS.join('|')}|tag:NAME`,
    )
  }
  if (options.focus) {
    const { FOCUS_COLUMNS, focusRows } = await import('../../../export/focus.ts')
    const parts = await readLedger(io, ({ database, timeZone, nowMs }) =>
      spendPartsOf(database, options, timeZone, nowMs),
    )
    io.stdout(toCsv(FOCUS_COLUMNS, focusRows({ by, ...parts }, parts.parts)))
    return EXIT.ok
  }
  const known = options.whatIf === undefined ? null : await knownPrices(io)
  const report = await readLedger(io, ({ database, timeZone, nowMs }) =>
    spendBy(
      database,
      {
        by,
        since: options.since ?? SINCE[by],
        until: options.until,
        whatIf: options.whatIf,
        imported: options.imported,
      },
      timeZone,
      nowMs,
      known?.prices,
    ),
  )
  const suggestions =
    known === null || options.csv
      ? []
      : await readLedger(io, ({ database, timeZone, nowMs }) =>
          spendSuggestions(database, options, timeZone, nowMs, known.prices, known.tiers),
        )
  if (options.json) printJson(io, options.whatIf === undefined ? report : { ...report, suggestions })
  else if (options.csv) io.stdout(asCsv(report))
  else io.stdout(asText(report, io, options.whatIf ?? null) + asAdvice(suggestions, io))
  return EXIT.ok
}

/** Where nobody says since when: enough periods to compare. */
const SINCE: Readonly<Record<string, string>> = { day: '30d', week: '84d', month: '365d' }

/** The columns of the JSON, flattened; the key of what nobody knew is empty. */
function asCsv(report: SpendReport): string {
  const hasImported = report.total.imported !== undefined
  const rows = report.rows.map(({ key, usage, imported, models: _, ...sums }) => ({
    [report.by]: key ?? '',
    ...sums,
    ...usage,
    ...(hasImported ? { importedCalls: imported?.calls ?? 0, importedUsd: imported?.costUsd ?? '0' } : {}),
  }))
  const names = Object.keys(rows[0] ?? { [report.by]: '', ...report.total, ...report.total.usage }).filter(
    (name) => name !== 'usage',
  )
  return toCsv(names, rows)
}

/** The same tokens on other models, where that would have been cheaper. */
function asAdvice(suggestions: readonly ModelSuggestion[], io: Io): string {
  const { bold, green } = paints(io)
  if (suggestions.length === 0) return ''
  const lines = suggestions.map(({ sentence, savedUsd }) => `  ${sentence}: ${green(`${dollars(savedUsd)} less`)}\n`)
  return `\n${bold('Cheaper for the same tokens')}\n${lines.join('')}`
}

function asText(report: SpendReport, io: Io, whatIf: string | null): string {
  const { bold, dim, yellow } = paints(io)
  const nowMs = Date.parse(report.until)
  const when = (iso: string) => clockTime(iso, report.timezone, nowMs)
  const { total } = report
  const head = `${bold(dollars(total.costUsd))} ${dim(`from ${when(report.since)} to ${when(report.until)} ${report.timezone}`)}\n`
  if (report.rows.length === 0) return `${head}${dim('  no calls')}\n`
  const rows = isSpendPeriod(report.by) ? [...report.rows, { ...total, key: TOTAL }] : report.rows
  const body = table(
    rows,
    [
      { title: report.by.toUpperCase(), text: (row) => nameOf(report, row.key, when), maxWidth: 48 },
      { title: 'COST', align: 'right', text: (row) => dollars(row.costUsd) },
      ...(whatIf === null
        ? []
        : [
            {
              title: `ON ${whatIf.toUpperCase()}`,
              align: 'right' as const,
              text: (row: SpendReport['rows'][number]) => dollars(row.whatIfUsd ?? null),
            },
          ]),
      ...(total.imported === undefined
        ? []
        : [
            {
              title: 'IMPORTED',
              align: 'right' as const,
              text: (row: SpendReport['rows'][number]) => (row.imported ? dollars(row.imported.costUsd) : ''),
            },
          ]),
      { title: 'SHARE', align: 'right', text: (row) => part(allDollars(row), allDollars(total)) },
      { title: 'CALLS', align: 'right', text: (row) => String(row.calls + (row.imported?.calls ?? 0)) },
      { title: 'REFUSED', align: 'right', text: (row) => (row.refused === 0 ? '' : String(row.refused)) },
      { title: 'INPUT', align: 'right', text: (row) => formatTokens(contextTokens(allUsage(row))) },
      { title: 'CACHED', align: 'right', text: (row) => part(allUsage(row).cacheRead, contextTokens(allUsage(row))) },
      { title: 'OUTPUT', align: 'right', text: (row) => formatTokens(allUsage(row).output) },
      ...(isSpendPeriod(report.by) ? [{ title: 'MODELS', text: modelsOf, maxWidth: 48 }] : []),
    ],
    dim,
  )
  const ceiling =
    Number(total.ceilingUsd) > 0
      ? yellow(`  ${dollars(total.ceilingUsd)} of it at a ceiling: the price of the model is not known\n`)
      : ''
  const plan =
    Number(total.subscriptionUsd ?? 0) > 0
      ? dim(
          `  ${dollars(total.subscriptionUsd ?? null)} more at list price on signed-in plans, which cost nothing per call\n`,
        )
      : ''
  const imported = total.imported
    ? dim(
        `  IMPORTED is history from session files at list price: no cap counts it, and it is not part of COST (--no-imported leaves it out)\n`,
      )
    : ''
  const refused =
    total.refused > 0
      ? dim('  CALLS counts the calls that were sent; refused ones cost nothing and are counted separately\n')
      : ''
  return `${head}\n${body}${ceiling || plan || imported || refused ? '\n' : ''}${ceiling}${plan}${imported}${refused}`
}

function nameOf(report: SpendReport, key: string | null, when: (iso: string) => string): string {
  if (key === TOTAL) return 'total'
  if (key === null || key === '') return '(unknown)'
  if (!isSpendPeriod(report.by)) return key
  return report.by === 'hour' ? when(key) : formatPeriod(report.by, Date.parse(key), report.timezone)
}

/** The last row of a report by time; no period is named so. */
const TOTAL = ' total'

type Sums = SpendReport['total']

function allDollars({ costUsd, imported }: Sums): number {
  return Number(costUsd) + Number(imported?.costUsd ?? 0)
}

function allUsage({ usage, imported }: Sums): Sums['usage'] {
  return imported ? addUsage(usage, imported.usage) : usage
}

function modelsOf({ models = [] }: SpendReport['rows'][number]): string {
  return models.join(', ')
}

function part(amount: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((amount / whole) * 100)} %`
}
