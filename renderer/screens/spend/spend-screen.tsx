import { useCallback, useMemo } from 'react'
import { EXPLORE_DIMENSIONS } from '../../../shared/contract/explore.ts'
import { Banner } from '../../components/display/banner.tsx'
import { FilterChips } from '../../components/controls/filter-chips.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { RangePicker } from '../../components/controls/range-picker.tsx'
import { Segmented } from '../../components/controls/segmented.tsx'
import { Select } from '../../components/controls/select.tsx'
import { colourClass, StackedBars } from '../../components/charts/stacked-bars.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { barsOf, bucketWords } from '../../derive/spend/bars.ts'
import { dimensionTitle } from '../../derive/calls/dimension-words.ts'
import { bucketsOf, rangeWords } from '../../derive/spend/spans.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { useExploration } from '../../state/use-exploration.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'
import { PickedBucket } from './picked-bucket.tsx'
import { SpendExport } from './spend-export.tsx'
import { SpendTable } from './spend-table.tsx'
import { SpendTotals } from './spend-totals.tsx'
import { WhatIfPanel } from './what-if-panel.tsx'

/** Spend over time by any dimension, against the period before; from each bar and row down to its calls. */
export function SpendScreen() {
  const { api } = useStore()
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { exploration, span, nowMs, change } = useExploration(timeZone)
  const { range, filter, by, pick } = exploration
  const { fitting, best } = bucketsOf(span)
  const bucket = exploration.bucket && fitting.includes(exploration.bucket) ? exploration.bucket : best
  const version = usePacedVersion(span)
  const [since, until, compareSince] = [span.sinceMs, span.untilMs, span.compareMs].map((ms) =>
    new Date(ms).toISOString(),
  )
  const question = { by, since: since!, until: until!, bucket, filter, compareSince: compareSince! }
  const { value: answer, error } = useAnswer(`${JSON.stringify(question)} ${version}`, () =>
    api.explore.spend(question),
  )
  const { value: forecast } = useAnswer(`${JSON.stringify(filter)} ${nowMs}`, () => api.explore.forecast(filter))
  const { value: facets } = useAnswer(`${since} ${until} ${nowMs}`, () =>
    api.explore.facets({ since: since!, until: until! }),
  )
  const bars = useMemo(() => answer && barsOf(answer, nowMs), [answer, nowMs])
  const onPick = useCallback((from: string | null) => change({ pick: from }), [change])
  const time = rangeWords(range, timeZone, nowMs)
  const tags = Object.keys(facets ?? {}).filter((name) => name.startsWith('tag:'))
  const models = useMemo(() => (facets?.['model'] ?? []).flatMap(({ value }) => value ?? []), [facets])

  return (
    <div className="stack">
      <div className="filters">
        <RangePicker
          range={range}
          timeZone={timeZone}
          nowMs={nowMs}
          onChange={(next) => change({ range: next, pick: null })}
        />
        <Select
          label="Split by"
          value={by}
          options={[...new Set([...EXPLORE_DIMENSIONS, ...tags, by])].map((name) => ({
            value: name,
            label: `By ${dimensionTitle(name).toLowerCase()}`,
          }))}
          onChange={(next) => change({ by: next })}
        />
        <FilterChips filter={filter} facets={facets} onChange={(next) => change({ filter: next, pick: null })} />
        {answer && bars && (
          <span className="filters-end">
            <SpendExport answer={answer} bars={bars} filter={filter} time={time} />
          </span>
        )}
      </div>
      {error && <Banner level="warn" title="The report could not be made" body={error} />}
      {answer && <SpendTotals answer={answer} range={range} forecast={forecast} />}
      {answer && bars && answer.total.calls + answer.total.refused === 0 && (
        <div className="panel">
          <Nothing>
            {Object.keys(filter).length > 0 ? `No spend ${time} matches these filters.` : `Nothing was spent ${time}.`}
          </Nothing>
        </div>
      )}
      {answer && bars && answer.total.calls + answer.total.refused > 0 && (
        <>
          <section className="panel chart-panel" aria-label="Spend over time">
            <header className="chart-head">
              <ul className="legend">
                {bars.legend.map(({ colour, name }) => (
                  <li key={`${colour} ${name}`}>
                    <i className={colourClass(colour)} aria-hidden="true" />
                    {name}
                  </li>
                ))}
              </ul>
              <Segmented
                label="Each bar is"
                value={bucket}
                options={fitting.map((value) => ({ value, label: titled(bucketWords(value)) }))}
                onChange={(next) => change({ bucket: next === best ? null : next, pick: null })}
              />
            </header>
            <StackedBars
              bars={bars}
              bucket={answer.bucket}
              timeZone={timeZone}
              picked={pick}
              label={`Spend ${time} by ${bucketWords(answer.bucket)}: ${usd(answer.total.costUsd)}`}
              onPick={onPick}
            />
          </section>
          {pick !== null && (
            <PickedBucket
              bars={bars}
              answer={answer}
              picked={pick}
              bucket={answer.bucket}
              filter={filter}
              onLetGo={() => onPick(null)}
            />
          )}
          <SpendTable key={by} answer={answer} range={range} filter={filter} />
          <WhatIfPanel since={since!} until={until!} models={models} nowMs={nowMs} />
        </>
      )}
    </div>
  )
}

function titled(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
