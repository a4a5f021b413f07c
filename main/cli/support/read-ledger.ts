import { existsSync } from 'node:fs'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { Tier } from '../../../shared/rules/policy.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import { lockHome } from '../../ledger/store/home-lock.ts'
import { isOlder, migrate } from '../../ledger/store/migrate.ts'
import { type Database, openDatabase } from '../../ledger/store/sqlite.ts'
import { PRAGMAS } from '../../ledger/store/statements.ts'
import { localTimeZone, systemClock } from '../../platform/system/clock.ts'
import { findDeveloper } from '../../platform/identity/developer.ts'
import { silentLogger } from '../../platform/system/logger.ts'
import { type HomePaths, homePaths, resolveHome } from '../../platform/home/paths.ts'
import { readSettings } from '../../platform/home/settings-file.ts'
import { readLastKnownGood } from '../../policy-source/last-known-good.ts'
import type { PolicyKey } from '../../policy-source/signature.ts'
import type { PolicySource } from '../../policy-source/policy-source.ts'
import type { Io } from './command.ts'

export interface LedgerReading {
  database: Database
  /** The policy's, else the settings'. */
  timeZone: string
  nowMs: number
}

/** Reads the ledger of the home, whether a gateway runs or not. Changes nothing but the format of a ledger that an earlier version left; a home without a ledger reads as an empty one. */
export async function readLedger<Answer>(
  io: Io,
  read: (reading: LedgerReading) => Answer | Promise<Answer>,
): Promise<Answer> {
  const paths = homePaths(resolveHome(io.env, io.platform))
  const timeZone = await zoneOf(io)
  const database = openLedger(paths)
  try {
    return await read({ database, timeZone: timeZone === 'local' ? localTimeZone() : timeZone, nowMs: systemClock() })
  } finally {
    database.close()
  }
}

/** The policy's time zone, else the settings'. Where there never was a policy, nothing that reads one is loaded. */
async function zoneOf(io: Io): Promise<string> {
  const { policy, timezone } = settingsOf(io)
  const { lastPolicy } = homePaths(resolveHome(io.env, io.platform))
  if (policy.url === null && !existsSync(lastPolicy)) return timezone
  return (await knownPolicy(io)).current().policy?.timezone ?? timezone
}

/**
 * The policy as it was last known, without asking its source. Where the settings name none, the one that a gateway was
 * started with: its flags are not known here.
 */
export async function knownPolicy(io: Io): Promise<PolicySource> {
  const settings = settingsOf(io)
  const lastKnownGoodFile = homePaths(resolveHome(io.env, io.platform)).lastPolicy
  const { PolicySource } = await import('../../policy-source/policy-source.ts')
  const developer = await findDeveloper(settings.developer, io.env)
  return await PolicySource.open({
    url: settings.policy.url ?? readLastKnownGood(lastKnownGoodFile)?.source ?? null,
    developer: developer.id,
    audience: settings.policy.audience,
    keys: settings.policy.keys as PolicyKey[],
    refreshMs: 60_000,
    onFirstFetch: settings.policy.onFirstFetch,
    lastKnownGoodFile,
    proxyFor: () => null,
    ca: null,
    clock: systemClock,
    logger: silentLogger,
  })
}

/** The prices that hold, and the policy's suggestions, without asking a gateway or any source. */
export async function knownPrices(io: Io): Promise<{ prices: PriceBook; tiers: readonly Tier[] }> {
  // The price list is half of what a verb would read, and few ask for prices.
  const [{ createPriceBook }, { PriceSource }] = await Promise.all([
    import('../../core/pricing/price-book.ts'),
    import('../../platform/network/price-source.ts'),
  ])
  const settings = settingsOf(io)
  const { policy } = (await knownPolicy(io)).current()
  const { dataset } = new PriceSource({
    url: settings.pricesUrl,
    file: homePaths(resolveHome(io.env, io.platform)).prices,
    proxyFor: () => null,
    ca: null,
    clock: systemClock,
    logger: silentLogger,
  })
  const prices = createPriceBook({ dataset, policyPrices: policy?.prices ?? [], settingsPrices: settings.prices })
  return { prices, tiers: policy?.tiers ?? [] }
}

export function settingsOf(io: Io) {
  return readSettings({ file: homePaths(resolveHome(io.env, io.platform)).settings, env: io.env, cwd: io.cwd })
}

function openLedger({ ledger: file, lock }: HomePaths): Database {
  try {
    if (existsSync(file)) {
      const database = openDatabase(file, { readOnly: true })
      if (!isOlder(database)) return database
      database.close()
      bringUpToDate(file, lock)
      return openDatabase(file, { readOnly: true })
    }
    const empty = openDatabase(':memory:')
    migrate(empty)
    return empty
  } catch (error) {
    if (error instanceof AllowanceError && error.code === 'already-running')
      throw new AllowanceError(
        'ledger-unavailable',
        'the gateway that runs is of an earlier version, and so is its ledger',
        'stop that gateway and start it again',
        { cause: error },
      )
    throw new AllowanceError('ledger-unavailable', `the ledger ${file} cannot be read: ${messageOf(error)}`, null, {
      cause: error,
    })
  }
}

/** As a gateway would at its start, and only while none runs: one of an earlier version writes the earlier format. */
function bringUpToDate(file: string, lockFile: string): void {
  const lock = lockHome(lockFile)
  const database = openDatabase(file)
  try {
    database.exec(PRAGMAS)
    migrate(database)
  } finally {
    database.close()
    lock.release()
  }
}
