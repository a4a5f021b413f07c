import type { Ledger } from './ledger/ledger.ts'
import { lastOwnRules } from './ledger/learned.ts'
import type { Clock } from './platform/clock.ts'
import type { Logger } from './platform/logger.ts'
import { OwnRulesStore } from './policy-source/own-rules-store.ts'

/** The developer's own rules of a home. Their changes are facts of the ledger, also those that were made while no gateway ran. */
export function openOwnRules(
  file: string,
  developer: string,
  { ledger, clock, logger }: { ledger: Ledger; clock: Clock; logger: Logger },
): OwnRulesStore {
  const ownRules = new OwnRulesStore({ file, developer, clock, lastRecorded: lastOwnRules(ledger) })
  if (ownRules.unrecorded) ledger.record(ownRules.unrecorded)
  if (ownRules.trouble) logger.warn(ownRules.trouble.message, { fix: ownRules.trouble.fix })
  ownRules.onChange((event) => {
    if (event) ledger.record(event)
    else if (ownRules.trouble) logger.warn(ownRules.trouble.message, { fix: ownRules.trouble.fix })
  })
  return ownRules
}
