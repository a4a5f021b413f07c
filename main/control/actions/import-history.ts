import type { ImportAnswer, RemovedImport } from '../../../shared/contract/import.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { contextTokens } from '../../../shared/calls/usage.ts'
import { SESSION_FORMATS } from '../../core/history/session-formats.ts'
import type { LineReading, SessionFormat, SessionMessage } from '../../core/history/session-line.ts'
import { priceUsage } from '../../core/pricing/rates/price-usage.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import { ImportedHistory, type ImportedMessage, useScratch } from '../../ledger/history/imported-history.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import { markedLines, sessionFilesIn, sessionFolders } from '../../platform/history/session-files.ts'
import { createGitFacts } from '../../platform/identity/git-facts.ts'

export interface ImportPlace {
  database: Database
  prices: PriceBook
  env: Readonly<Record<string, string | undefined>>
}

export interface ImportOptions {
  /** Keeps nothing. The connection is for this alone, and is closed after it. */
  dryRun: boolean
  onProgress?: (done: number, total: number) => void
}

/** Messages written in one transaction: calls that are being metered wait no longer than that. */
const BATCH = 500

type AgentAnswer = ImportAnswer['agents'][number]

/**
 * Reads the session files of the agents on this machine and keeps what their models' answers used, as imported history:
 * shown in reports, counted by nothing else. However often it runs, an answer is kept once.
 */
export async function importHistory(place: ImportPlace, options: ImportOptions): Promise<ImportAnswer> {
  if (options.dryRun) useScratch(place.database)
  return await importInto(place.database, place, options)
}

export function removeImported(database: Database): RemovedImport {
  return { schema: 1, removed: new ImportedHistory(database).removeAll() }
}

async function importInto(database: Database, place: ImportPlace, options: ImportOptions): Promise<ImportAnswer> {
  const history = new ImportedHistory(database)
  const before = history.count()
  const work = await Promise.all(
    SESSION_FORMATS.map(async (format) => {
      const folders = sessionFolders(format.agent, place.env)
      return { format, folders, files: (await Promise.all(folders.map(sessionFilesIn))).flat() }
    }),
  )
  const total = work.reduce((sum, { files }) => sum + files.length, 0)
  const projectOf = projectNamer()
  const agents: AgentAnswer[] = []
  let done = 0
  for (const { format, folders, files } of work) {
    const agent = { agent: format.agent, folders, files: files.length, unreadable: 0, answers: 0, malformed: 0 }
    agents.push(agent)
    for (const file of files) {
      await importFile(file, format, agent, async (messages) => {
        history.keep(await Promise.all(messages.map((message) => importedOf(message, place.prices, projectOf))))
      })
      done += 1
      options.onProgress?.(done, total)
    }
  }
  const metered = history.forgetMetered()
  const sums = database.prepare(SUMS).get() as {
    count: number
    nanos: number | null
    first: number | null
    last: number | null
  }
  return {
    schema: 1,
    dryRun: options.dryRun,
    agents,
    added: Math.max(0, sums.count - before),
    metered,
    kept: sums.count,
    listUsd: exactUsd(sums.nanos ?? 0),
    since: isoOf(sums.first),
    until: isoOf(sums.last),
  }
}

const SUMS = 'SELECT count(*) AS count, sum(cost_nanos) AS nanos, min(at_ms) AS first, max(at_ms) AS last FROM imported'

function isoOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString()
}

/** One file, a batch of messages at a time. A file that cannot be read is counted; the others are read all the same. */
async function importFile(
  file: string,
  format: SessionFormat,
  agent: AgentAnswer,
  keep: (messages: SessionMessage[]) => Promise<void>,
): Promise<void> {
  const read = format.open()
  let messages: SessionMessage[] = []
  const lines = markedLines(file, format.marks)
  for (;;) {
    const next = await lines.next().catch(() => null)
    if (next === null) agent.unreadable += 1
    if (next === null || next.done) break
    const reading = readLine(next.value, read)
    if (reading === 'malformed') agent.malformed += 1
    else if (reading !== 'skip') {
      agent.answers += 1
      messages.push(reading)
    }
    if (messages.length < BATCH) continue
    await keep(messages)
    messages = []
  }
  if (messages.length > 0) await keep(messages)
}

function readLine(line: string | null, read: (line: unknown) => LineReading): LineReading {
  if (line === null) return 'malformed'
  try {
    return read(JSON.parse(line))
  } catch {
    return 'malformed'
  }
}

async function importedOf(
  message: SessionMessage,
  prices: PriceBook,
  projectOf: (folder: string | null) => Promise<string | null>,
): Promise<ImportedMessage> {
  const { provider, model, serviceTier, atMs, usage } = message
  const card = prices.rateCard({ provider, model, atMs, serviceTier, inputTokens: contextTokens(usage), batch: false })
  const costNanos = priceUsage(card.rates, usage)
  return {
    ...message,
    project: await projectOf(message.folder),
    costNanos,
    ceilingNanos: card.priced === 'ceiling' ? costNanos : 0,
  }
}

/** A folder's project as calls made from it are named; of one that is gone, its own name. */
function projectNamer(): (folder: string | null) => Promise<string | null> {
  const facts = createGitFacts()
  const known = new Map<string, Promise<string | null>>()
  return async (folder) => {
    if (folder === null) return null
    const found = known.get(folder) ?? facts.repositoryOf(folder).then((repository) => repository?.project ?? null)
    known.set(folder, found)
    return found
  }
}
