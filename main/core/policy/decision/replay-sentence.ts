import { formatUsd } from '../../../../shared/values/money.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { Replay } from './replay.ts'
import { counted } from './sentences.ts'

/**
 * `In the last 30 days it would have refused 14 calls on 3 days, the first on 12 November, and saved $23.10.` Where it
 * would have done nothing, how near it came.
 */
export function replaySentence(replay: Replay, rule: RuleBase, days: number, timeZone: string): string {
  const span = `In the last ${days} days`
  if (replay.calls === 0) return `${span} there were no calls to compare it with.`
  const outcome = replay.rules.find((one) => one.rule === rule.id)?.outcome
  if (!outcome) return `${span} cannot be replayed: it judges by patterns that the ledger does not keep.`
  const { refused, asked, slowed, savedNanos, first } = outcome
  if (refused + asked === 0) {
    const peak = replay.peaks.get(rule.id)
    const most = peak === undefined || rule.guard !== 'spend-cap' ? '' : `; the most you spent was ${formatUsd(peak)}`
    return slowed > 0
      ? `${span} it would have slowed down ${counted(slowed, 'call')}.`
      : `${span} it would have refused nothing${most}.`
  }
  const what = [
    ...(refused > 0 ? [`refused ${counted(refused, 'call')}`] : []),
    ...(asked > 0 ? [`asked about ${counted(asked, 'call')}`] : []),
  ].join(' and ')
  const day = first && new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long' }).format(first.atMs)
  const saved = savedNanos > 0 ? `, and saved ${formatUsd(savedNanos)}` : ''
  return `${span} it would have ${what} on ${counted(outcome.days, 'day')}, the first on ${day}${saved}.`
}
