import type { SpendFilter, Spike, Workload } from '../../../shared/contract/explore.ts'
import { Bar } from '../../components/display/bar.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { fraction, nanosOf, usd } from '../../derive/format/amounts.ts'
import { dimensionTitle, rowWords } from '../../derive/calls/dimension-words.ts'
import { riseUsd } from '../../derive/spend/spike-report.ts'

/** Who spent more than before; each leads to its own cause. */
export function Workloads({
  workloads,
  onPick,
}: {
  workloads: readonly Workload[]
  onPick: (filter: SpendFilter) => void
}) {
  const most = Math.max(...workloads.map(({ costUsd }) => nanosOf(costUsd)))
  return (
    <Panel title="Who" aside="against the period before">
      <ul className="rows">
        {workloads.map((workload) => (
          <li key={JSON.stringify(workload.filter)} className="budget">
            <div className="row-line">
              <button type="button" className="link-button row-name" onClick={() => onPick(workload.filter)}>
                {workload.name}
              </button>
              <span className="number">
                <span className="quiet small">{riseUsd(workload)}</span> {usd(workload.costUsd)}
              </span>
            </div>
            <Bar
              label={`${usd(workload.costUsd)}, ${usd(workload.beforeUsd)} before`}
              value={fraction(nanosOf(workload.costUsd), most)}
            />
            <span className="quiet small number">
              {workload.calls} {workload.calls === 1 ? 'call' : 'calls'}
              {workload.filter['session'] && ` · ${workload.filter['session'][0]}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

/** The same money by project, branch, agent, model and kind: where all of it is one value, it is said in a word. */
export function SpikeParts({
  parts,
  filter,
  onPick,
}: {
  parts: Spike['parts']
  filter: SpendFilter
  onPick: (filter: SpendFilter) => void
}) {
  return (
    <Panel title="Breakdown">
      <dl className="spike-parts">
        {Object.entries(parts)
          .filter(([, values]) => values.some(({ key, via }) => key !== null || via !== null))
          .map(([name, values]) => (
            <div key={name}>
              <dt>{dimensionTitle(name)}</dt>
              {values.map((part) => (
                <dd key={rowWords(name, part)} className="row-line">
                  <button
                    type="button"
                    className="link-button row-name"
                    disabled={filter[name] !== undefined}
                    onClick={() => onPick(part.filter)}
                  >
                    {rowWords(name, part)}
                  </button>
                  <span className="number">
                    <span className="quiet small">{riseUsd(part)}</span> {usd(part.costUsd)}
                  </span>
                </dd>
              ))}
            </div>
          ))}
      </dl>
    </Panel>
  )
}
