import { Banner } from '../../components/display/banner.tsx'
import { FilterChips } from '../../components/controls/filter-chips.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { riseUsd, spikeFacts } from '../../derive/spend/spike-report.ts'
import { spanWords } from '../../derive/format/times.ts'
import { causeWords, whyFacts } from '../../derive/calls/why-words.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { useExploration } from '../../state/use-exploration.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'
import { SpikeActions } from './spike-actions.tsx'
import { SpikeCalls } from './spike-calls.tsx'
import { SpikeParts, Workloads } from './spike-parts.tsx'

/** From a rise to its cause: who spent more than before, why the largest of them did, and what can be done about it. */
export function SpikeScreen() {
  const { api } = useStore()
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { exploration, span, nowMs, change } = useExploration(timeZone)
  const { filter, range } = exploration
  const version = usePacedVersion(span)
  const question = { since: new Date(span.sinceMs).toISOString(), until: new Date(span.untilMs).toISOString(), filter }
  const { value: spike, error } = useAnswer(`${JSON.stringify(question)} ${version}`, () => api.explore.spike(question))
  if (error && !spike) return <Banner level="warn" title="The spike could not be explained" body={error} />
  if (!spike) return null
  const back = routeHash('spend', null, explorationQuery({ range, filter }))
  return (
    <div className="stack">
      <div className="filters">
        <strong className="number">{spanWords({ from: spike.since, until: spike.until }, timeZone, nowMs)}</strong>
        <FilterChips filter={filter} facets={NO_FACETS} onChange={(next) => change({ filter: next })} />
        <a className="filters-end" href={back}>
          Back to Spend
        </a>
      </div>
      {spike.why.cause === null ? (
        <div className="panel">
          <Nothing>Nothing was spent in this time.</Nothing>
        </div>
      ) : (
        <>
          <section className="panel cause" aria-label="Cause">
            <div className="cause-amount number">
              <strong>{usd(spike.costUsd)}</strong>
              <span className="quiet">
                {riseUsd(spike)} against {usd(spike.beforeUsd)} in the period before
              </span>
            </div>
            <h2>{causeTitle(causeWords(spike.why))}</h2>
            <p>{spike.why.sentence}</p>
            <ul className="fact-list">
              {whyFacts(spike.why).map((fact) => (
                <li key={fact}>{fact}</li>
              ))}
              {spikeFacts(spike).map(({ name, value }) => (
                <li key={name}>
                  {name}: {value}
                </li>
              ))}
            </ul>
            <SpikeActions spike={spike} filter={filter} range={range} nowMs={nowMs} />
          </section>
          <div className="spike-grid">
            <Workloads workloads={spike.workloads} onPick={(picked) => change({ filter: { ...filter, ...picked } })} />
            <SpikeParts
              parts={spike.parts}
              filter={filter}
              onPick={(picked) => change({ filter: { ...filter, ...picked } })}
            />
          </div>
          <SpikeCalls spike={spike} range={range} filter={filter} timeZone={timeZone} />
        </>
      )}
    </div>
  )
}

/** Here one narrows by pointing at who and what. */
const NO_FACETS = {}

function causeTitle(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
