import type { Bucket, ExploreAnswer, SpendFilter } from '../../../shared/contract/explore.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { IconButton } from '../../components/controls/button.tsx'
import { nanosOf, usd } from '../../derive/format/amounts.ts'
import { type Bars, bucketWords, costBefore } from '../../derive/spend/bars.ts'
import { exactRange } from '../../derive/spend/spans.ts'
import { bucketSpan } from '../../derive/format/times.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { callsHash } from './spend-table.tsx'

interface PickedBucketProps {
  bars: Bars
  answer: ExploreAnswer
  picked: string
  bucket: Bucket
  filter: SpendFilter
  onLetGo: () => void
}

/** The bar that was pointed at: what it came to, why in a sentence, and the ways on from there. */
export function PickedBucket({ bars, answer, picked, bucket, filter, onLetGo }: PickedBucketProps) {
  const { api } = useStore()
  const index = bars.columns.findIndex(({ from }) => from === picked)
  const column = bars.columns[index]
  const { value: spike } = useAnswer(`${picked} ${JSON.stringify(filter)} ${column?.nanos ?? 0}`, () =>
    api.explore.spike({ since: picked, until: column?.until ?? picked, filter }),
  )
  if (!column) return null
  const range = exactRange(column.from, column.until)
  const before = costBefore(bars.columns, index)
  const rise = before === null ? 0 : column.nanos - nanosOf(before)
  return (
    <section className="panel picked" aria-label="Selected bar">
      <div className="picked-words">
        <p>
          <strong>{bucketSpan(column, bucket, answer.timezone)}</strong>
          <span className="number"> {usd(exactUsd(column.nanos))}</span>
          {before !== null && (
            <span className="quiet number">
              {' '}
              {rise >= 0 ? `${usd(exactUsd(rise))} more` : `${usd(exactUsd(-rise))} less`} than the{' '}
              {bucketWords(bucket)} before
            </span>
          )}
        </p>
        <p className="quiet" aria-live="polite">
          {spike?.since === column.from && spike.why.cause !== null && spike.why.sentence}
        </p>
      </div>
      <div className="picked-actions">
        <a className="button button-primary" href={routeHash('spike', null, explorationQuery({ range, filter }))}>
          Find the cause
        </a>
        <a className="button" href={callsHash(range, filter)}>
          See its calls
        </a>
        <IconButton label="Clear the selection" icon="close" onClick={onLetGo} />
      </div>
    </section>
  )
}
