import type { SpendReport } from '../../../shared/contract/contract.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { changeWords } from '../../derive/spend/savings.ts'
import { cachedShare } from '../../derive/spend/spend-rows.ts'

/** The sums of a report; with another model's price where one was asked for. */
export function SpendTotals({ report, whatIf }: { report: SpendReport; whatIf: string | null }) {
  const { costUsd, calls, refused, ceilingUsd, subscriptionUsd, whatIfUsd, usage } = report.total
  const facts: [string, string][] = [
    ['Spent', usd(costUsd)],
    ...(whatIf === null
      ? []
      : [
          [`On ${shortModel(whatIf)}`, `${usd(whatIfUsd)} ${changeWords(costUsd, whatIfUsd)}`.trim()] as [
            string,
            string,
          ],
        ]),
    ['Calls', String(calls)],
    ['Refused', String(refused)],
    ['Input from cache', percent(cachedShare(usage))],
    ['Output', formatTokens(usage.output)],
  ]
  if (nanosOf(ceilingUsd) > 0) facts.push(['Of it unpriced, at a ceiling', usd(ceilingUsd)])
  if (nanosOf(subscriptionUsd) > 0) facts.push(['On plans, at list price', usd(subscriptionUsd)])
  return (
    <dl className="facts facts-panel">
      {facts.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
