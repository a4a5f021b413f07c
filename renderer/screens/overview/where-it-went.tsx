import { useState } from 'react'
import { Bar } from '../../components/display/bar.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { Segmented } from '../../components/controls/segmented.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { topRows } from '../../derive/spend/spend-rows.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import type { Today } from '../../state/use-today.ts'

const DIMENSIONS = [
  { value: 'project', label: 'Project' },
  { value: 'model', label: 'Model' },
  { value: 'agent', label: 'Agent' },
] as const
const MAX_SHOWN = 5

export function WhereItWent({ today }: { today: Today }) {
  const { api } = useStore()
  const [by, setBy] = useState<'project' | 'model' | 'agent'>('project')
  const since = new Date(today.startMs).toISOString()
  const report = useAnswer(`${by} ${since} ${today.version}`, () => api.spend({ by, since })).value
  const total = nanosOf(report?.total.costUsd)
  const rows = report ? topRows(report, MAX_SHOWN) : []
  return (
    <Panel
      title="Where it went"
      className="where"
      aside={<Segmented label="By" value={by} options={DIMENSIONS} onChange={setBy} />}
    >
      {rows.length === 0 ? (
        <Nothing>Nothing spent today.</Nothing>
      ) : (
        <ul className="rows">
          {rows.map((row) => (
            <li key={row.name} className="budget">
              <div className="row-line">
                <span className="row-name" title={row.name}>
                  {row.key ? (
                    <a
                      className="plain-link"
                      href={routeHash('calls', null, explorationQuery({ filter: { [by]: [row.key] } }))}
                    >
                      {row.name}
                    </a>
                  ) : (
                    row.name
                  )}
                </span>
                <span className="number">
                  <span className="quiet small">{percent(fraction(nanosOf(row.costUsd), total))}</span>{' '}
                  {usd(row.costUsd)}
                </span>
              </div>
              <Bar label={`${row.name}: ${usd(row.costUsd)}`} value={fraction(nanosOf(row.costUsd), total)} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
