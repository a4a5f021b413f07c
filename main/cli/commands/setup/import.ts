import { commandLine } from '../../../../shared/values/command-line.ts'
import { IMPORT_VARIABLES, type ImportAnswer } from '../../../../shared/contract/import.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { importHistory, removeImported } from '../../../control/actions/import-history.ts'
import { lockHome } from '../../../ledger/store/home-lock.ts'
import { migrate } from '../../../ledger/store/migrate.ts'
import { type Database, openDatabase } from '../../../ledger/store/sqlite.ts'
import { ensureHome, resolveHome } from '../../../platform/home/paths.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway, type GatewayClient, isGatewayRunning } from '../../support/find-gateway.ts'
import { dollars, paints, printDone, printJson } from '../../support/output.ts'
import { progressOn } from '../../support/progress.ts'
import { knownPrices, readLedger } from '../../support/read-ledger.ts'

export interface ImportVerbOptions {
  dryRun?: boolean
  remove?: boolean
  json?: boolean
}

/** `allowance import`: what agents used before Allowance was there, from the files that they keep themselves. */
export async function importVerb(options: ImportVerbOptions, io: Io): Promise<number> {
  if (options.dryRun && options.remove)
    throw new AllowanceError('usage', '--dry-run and --remove do not go together', commandLine('import --dry-run'))
  if (options.remove) {
    const { removed } = await asWriter(
      io,
      (client) => client.removeImported.mutate(),
      async (database) => removeImported(database),
    )
    return printDone(io, options, { removed }, `${removed} imported answers are forgotten`)
  }
  const progress = progressOn(io, 'Reading session files', 1)
  const { prices } = await knownPrices(io)
  const read = (database: Database, dryRun: boolean) =>
    importHistory({ database, prices, env: io.env }, { dryRun, onProgress: progress.show })
  const answer = await (options.dryRun
    ? readLedger(io, ({ database }) => read(database, true))
    : asWriter(
        io,
        (client) => client.importHistory.mutate({ env: variablesOf(io) }),
        (database) => read(database, false),
      )
  ).finally(() => progress.clear())
  if (options.json) printJson(io, answer)
  else io.stdout(describe(answer, io))
  return EXIT.ok
}

/** The gateway is the ledger's one writer; where none runs, this process takes its place for a moment. */
async function asWriter<Answer>(
  io: Io,
  ask: (client: GatewayClient) => Promise<Answer>,
  alone: (database: Database) => Promise<Answer>,
): Promise<Answer> {
  if (isGatewayRunning(io)) return askGateway(io, ask)
  const paths = ensureHome(resolveHome(io.env, io.platform))
  const lock = lockHome(paths.lock)
  try {
    const database = openDatabase(paths.ledger)
    try {
      migrate(database)
      return await alone(database)
    } finally {
      database.close()
    }
  } finally {
    lock.release()
  }
}

function variablesOf(io: Io): Partial<Record<(typeof IMPORT_VARIABLES)[number], string>> {
  return Object.fromEntries(IMPORT_VARIABLES.flatMap((name) => (io.env[name] ? [[name, io.env[name]]] : [])))
}

function describe(answer: ImportAnswer, io: Io): string {
  const { green, dim, yellow } = paints(io)
  const lines = answer.agents.map(({ agent, folders, files, answers, malformed, unreadable }) => {
    const where =
      files === 0 ? dim(`no session files in ${folders.join(' or ')}`) : `${files} files, ${answers} answers`
    const faults = [
      ...(malformed > 0 ? [`${malformed} lines skipped`] : []),
      ...(unreadable > 0 ? [`${unreadable} files not readable`] : []),
    ].join(', ')
    return `  ${agent}  ${where}${faults === '' ? '' : yellow(`  ${faults}`)}\n`
  })
  const span =
    answer.since === null || answer.until === null
      ? ''
      : `, ${answer.since.slice(0, 10)} to ${answer.until.slice(0, 10)}`
  const lead = answer.dryRun ? dim('would add') : `${green('✓')} added`
  const metered = answer.metered > 0 ? dim(`  ${answer.metered} left out: Allowance metered them itself\n`) : ''
  const next =
    answer.kept === 0
      ? ''
      : dim(`  no cap counts them · ${commandLine('spend --by month')} · to undo: ${commandLine('import --remove')}\n`)
  return `${lines.join('')}${lead} ${answer.added} answers; imported in all: ${answer.kept}, ${dollars(answer.listUsd)} at list price${span}\n${metered}${next}`
}
