import type { CallRecord } from '../../../../shared/calls/call.ts'
import { formatReset } from '../../../../shared/values/format.ts'
import { exactUsd, formatUsd, type UsdNanos } from '../../../../shared/values/money.ts'
import { counted, listed } from '../../policy/decision/sentences.ts'
import { nanosOf } from './rollup.ts'
import type { Cause } from './why-causes.ts'

/** One who spent a part of a cap: `codex in web`, on one model. */
export interface CapSpender {
  name: string
  model: string | null
  calls: number
  nanos: UsdNanos
  tokens: number
}

/** Where a cap had gone by the time it refused a call, since the start of its window. */
export interface CapSpending {
  fromMs: number
  /** Those who spent most, first. */
  spenders: readonly CapSpender[]
  /** How many more there were. */
  others: number
}

/** Why a call was refused: the rule with its numbers, and for a cap who had spent it and on what. Null for a call that was not. */
export function refusedBecause(
  { refusal, startedAt }: CallRecord,
  spending: CapSpending | null,
  timeZone: string,
): Cause | null {
  if (refusal === null) return null
  const evidence = { code: refusal.code, rule: refusal.rule, refusal: refusal.message }
  if (refusal.code !== 'cap-reached' || refusal.limitUsd === null || refusal.spentUsd === null)
    return { cause: 'refused', sentence: asClause(refusal.message), evidence }
  const { rule, limitUsd, spentUsd, heldUsd } = refusal
  const [spent, limit, held] = [spentUsd, limitUsd, heldUsd].map((amount) => formatUsd(nanosOf(amount)))
  const heldToo = nanosOf(heldUsd) > 0 ? ` and ${held} held by running calls` : ''
  const since = spending ? ` since ${formatReset(spending.fromMs, timeZone, Date.parse(startedAt))}` : ''
  const by = spending && spending.spenders.length > 0 ? `, by ${spendersOf(spending)}` : ''
  return {
    cause: 'refused',
    sentence: `the cap "${rule}" was reached: ${spent} of ${limit} spent${since}${heldToo}${by}`,
    evidence: {
      ...evidence,
      spentUsd,
      limitUsd,
      spenders: (spending?.spenders ?? []).map(({ name, model, calls, nanos }) => ({
        name,
        model,
        calls,
        costUsd: exactUsd(nanos),
      })),
    },
  }
}

function spendersOf({ spenders, others }: CapSpending): string {
  const names = spenders.map(
    ({ name, model, calls, nanos }) =>
      `${name}${model === null ? '' : ` on ${model}`} (${formatUsd(nanos)} in ${counted(calls, 'call')})`,
  )
  return listed(others > 0 ? [...names, counted(others, 'other')] : names, 'and')
}

/** A refusal's sentence behind a colon. */
function asClause(message: string): string {
  return message.replace(/^Allowance: /, '').replace(/\.$/, '')
}
