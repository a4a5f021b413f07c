import { type PlanWindow, planUsedUpAt, readPlanWindows } from '../../core/plans/plan-windows.ts'
import { gatewayEvents } from '../queries/call-queries.ts'
import type { Ledger } from '../store/ledger.ts'

/** A week is the longest window. */
const REMEMBERED_MS = 8 * 86_400_000
/** Providers round a reset to seconds and count from their own clock: two that differ by less are the same. */
const SAME_RESET_MS = 5 * 60_000

export interface PlanUsage extends PlanWindow {
  provider: string
  /** Keyed hash of the token: a plan's tokens change by the hour, so one reset tells accounts apart as well. */
  account: string | null
  atMs: number
}

/** How far signed-in plans are used, as their providers last said; read back from the ledger after a restart. */
export class PlanWindows {
  readonly #ledger: Ledger
  readonly #clock: () => number
  readonly #warned = new Set<string>()
  #latest: PlanUsage[] = []

  constructor(ledger: Ledger, clock: () => number) {
    this.#ledger = ledger
    this.#clock = clock
    const past = gatewayEvents(ledger.store.database, ['plan.observed', 'plan.warned'], clock() - REMEMBERED_MS)
    for (const { atMs, event } of past) {
      if (event.type === 'plan.observed') this.#keep({ ...event, atMs })
      if (event.type === 'plan.warned') this.#warned.add(warningOf(event))
    }
  }

  /** An answer on a signed-in plan has come. */
  observe(provider: string, account: string | null, headers: Readonly<Record<string, string | undefined>>): void {
    const atMs = this.#clock()
    for (const window of readPlanWindows(headers, atMs)) {
      const usage = { provider, account, ...window, atMs }
      const before = this.#keep(usage)
      // What is shown is whole percents: a hundred events a window at most.
      if (before === null || Math.floor(before.used * 100) !== Math.floor(usage.used * 100))
        this.#ledger.record({ type: 'plan.observed', provider, account, ...window })
      this.#warn(usage)
    }
  }

  /** Of the windows that run, the shortest first. */
  current(nowMs: number): readonly PlanUsage[] {
    this.#latest = this.#latest.filter(({ resetsAtMs }) => resetsAtMs > nowMs)
    return this.#latest
  }

  /** @returns what was known of the same window before */
  #keep(usage: PlanUsage): PlanUsage | null {
    const isSame = (one: PlanUsage) =>
      one.provider === usage.provider &&
      one.minutes === usage.minutes &&
      Math.abs(one.resetsAtMs - usage.resetsAtMs) < SAME_RESET_MS
    const before = this.#latest.find(isSame) ?? null
    this.#latest = [...this.#latest.filter((one) => !isSame(one)), usage].sort(
      (a, b) => a.minutes - b.minutes || (a.provider < b.provider ? -1 : 1),
    )
    return before
  }

  /** Once a window. */
  #warn(usage: PlanUsage): void {
    const usedUpAtMs = planUsedUpAt(usage, usage.atMs)
    if (usedUpAtMs === null || this.#warned.has(warningOf(usage))) return
    this.#warned.add(warningOf(usage))
    const { provider, minutes, used, resetsAtMs } = usage
    this.#ledger.record({ type: 'plan.warned', provider, minutes, used, resetsAtMs, usedUpAtMs })
  }
}

function warningOf({ provider, minutes, resetsAtMs }: Pick<PlanUsage, 'provider' | 'minutes' | 'resetsAtMs'>): string {
  return `${provider}\n${minutes}\n${Math.round(resetsAtMs / SAME_RESET_MS)}`
}
