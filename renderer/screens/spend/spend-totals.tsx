import type { ReactNode } from 'react'
import type { ExploreAnswer, SpendForecast } from '../../../shared/contract/explore.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { deltaWords } from '../../derive/spend/bars.ts'
import { beforeWords } from '../../derive/spend/spans.ts'
import type { Range } from '../../state/exploration.ts'

interface SpendTotalsProps {
  answer: ExploreAnswer
  range: Range
  forecast: SpendForecast | null
}

/** The sums of what is shown, against the period before, and what today and this month come to. */
export function SpendTotals({ answer, range, forecast }: SpendTotalsProps) {
  const { total, previous } = answer
  const delta = deltaWords(total.costUsd, previous?.costUsd ?? null)
  return (
    <dl className="facts facts-panel">
      <Fact name="Spent" value={usd(total.costUsd)} testId="spent">
        {previous && delta !== '' && (
          <span className={`delta ${deltaClass(delta)}`} title={`${usd(previous.costUsd)} in the period before`}>
            {delta === 'new'
              ? `nothing spent ${beforeWords(range, true)}`
              : `${delta} ${delta.endsWith('×') ? '' : 'on '}${beforeWords(range, false)}`}
          </span>
        )}
      </Fact>
      <Fact name="Calls" value={String(total.calls)}>
        {total.refused > 0 && <span className="quiet">+ {total.refused} refused</span>}
      </Fact>
      <Fact name="Input from cache" value={percent(fraction(total.cacheReadTokens, total.inputTokens))} />
      <Fact name="Output" value={`${formatTokens(total.outputTokens)}`} />
      {forecast && (
        <>
          <Fact name="Forecast for today" value={usd(forecast.dayUsd)} hint={methodOf(forecast)} />
          <Fact name="Forecast for this month" value={usd(forecast.monthUsd)} hint={methodOf(forecast)} />
        </>
      )}
      {nanosOf(total.ceilingUsd) > 0 && (
        <Fact
          name="Unpriced, at a ceiling"
          value={usd(total.ceilingUsd)}
          hint="Part of what was spent: the price of these models is not known, so their provider's highest rate was charged."
        />
      )}
      {nanosOf(total.subscriptionUsd) > 0 && (
        <Fact
          name="On plans, at list price"
          value={usd(total.subscriptionUsd)}
          hint="Not part of what was spent: a signed-in plan covers it."
        />
      )}
      {answer.imported && (
        <Fact
          name="Imported, at list price"
          value={usd(answer.imported.costUsd)}
          hint={`Not part of what was spent: ${answer.imported.calls} answers from the session files of agents, from before Allowance saw their calls.`}
        />
      )}
    </dl>
  )
}

function methodOf({ basisDays }: SpendForecast): string {
  return `What was spent so far, plus what the hours and days ahead cost on average over the last ${basisDays} days. It ignores trends and treats weekends like any other day.`
}

function deltaClass(delta: string): string {
  if (delta.startsWith('−')) return 'is-less'
  return delta.startsWith('±') || delta === 'new' ? 'is-same' : 'is-more'
}

function Fact({
  name,
  value,
  hint,
  testId,
  children,
}: {
  name: string
  value: string
  hint?: string
  testId?: string
  children?: ReactNode
}) {
  return (
    <div className={hint === undefined ? 'fact' : 'fact has-hint'} title={hint}>
      <dt>{name}</dt>
      <dd className="number">
        <span data-testid={testId}>{value}</span>
        {hint !== undefined && <span className="hidden"> ({hint})</span>}
        {children && <span className="fact-note">{children}</span>}
      </dd>
    </div>
  )
}
