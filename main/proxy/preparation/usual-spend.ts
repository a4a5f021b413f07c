import { usualPerHour } from '../../core/ledger/balances/usual-spend.ts'
import type { UsdNanos } from '../../../shared/values/money.ts'
import { spendBySteps } from '../../ledger/queries/spend-queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'

/** A fortnight shows how somebody works; the last hour is what is being judged. */
const LOOKED_BACK_MS = 14 * 86_400_000
const JUDGED_MS = 3_600_000
/** It changes slowly, and is asked for with every call. */
const KEPT_MS = 10 * 60_000

/** What the developer usually spends, read from the ledger now and then. */
export class UsualSpend {
  readonly #database: Database
  readonly #clock: () => number
  #known: { atMs: number; nanosPerHour: UsdNanos | null } | null = null

  constructor(database: Database, clock: () => number) {
    this.#database = database
    this.#clock = clock
  }

  nanosPerHour(): UsdNanos | null {
    const nowMs = this.#clock()
    if (this.#known === null || nowMs - this.#known.atMs > KEPT_MS) {
      const steps = spendBySteps(this.#database, nowMs - LOOKED_BACK_MS, nowMs - JUDGED_MS)
      this.#known = { atMs: nowMs, nanosPerHour: usualPerHour(steps.map(({ nanos }) => nanos)) }
    }
    return this.#known.nanosPerHour
  }
}
