import { useState } from 'react'
import type { SpendDimension, SpendReport } from '../../../shared/contract.ts'
import { formatTokens } from '../../../shared/format.ts'
import { Bar } from '../../components/bar.tsx'
import { Banner } from '../../components/banner.tsx'
import { Nothing } from '../../components/panel.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { Select } from '../../components/select.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/amounts.ts'
import { cachedShare, reportRows, sinceMs, type Since } from '../../derive/spend-rows.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { useNow } from '../../state/use-now.ts'

const DIMENSIONS: readonly SpendDimension[] = [
  'project',
  'model',
  'agent',
  'session',
  'branch',
  'environment',
  'kind',
  'provider',
  'process',
  'developer',
  'hour',
]
const SINCE: readonly { value: Since; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
]

export function SpendScreen() {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.reportVersion)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const [by, setBy] = useState<SpendDimension>('project')
  const [since, setSince] = useState<Since>('today')
  const nowMs = useNow(60_000)
  const from = new Date(sinceMs(since, timeZone, nowMs)).toISOString()
  const { value: report, error } = useAnswer(`${by} ${from} ${version}`, () => api.spend({ by, since: from }))
  return (
    <div className="stack">
      <div className="filters">
        <Segmented label="Since" value={since} options={SINCE} onChange={setSince} />
        <Select
          label="By"
          value={by}
          options={DIMENSIONS.map((dimension) => ({ value: dimension, label: `By ${dimension}` }))}
          onChange={setBy}
        />
      </div>
      {error && <Banner level="warn" title="The report could not be made" body={error} />}
      {report && <Totals report={report} />}
      {report && <SpendTable report={report} timeZone={timeZone} />}
    </div>
  )
}

function Totals({ report }: { report: SpendReport }) {
  const { costUsd, calls, refused, ceilingUsd, usage } = report.total
  const facts: [string, string][] = [
    ['Spent', usd(costUsd)],
    ['Calls', String(calls)],
    ['Refused', String(refused)],
    ['Input from cache', percent(cachedShare(usage))],
    ['Output', formatTokens(usage.output)],
  ]
  if (nanosOf(ceilingUsd) > 0) facts.push(['Of it unpriced, at a ceiling', usd(ceilingUsd)])
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

function SpendTable({ report, timeZone }: { report: SpendReport; timeZone: string }) {
  const rows = reportRows(report, timeZone)
  const total = nanosOf(report.total.costUsd)
  if (rows.length === 0) {
    return (
      <div className="panel">
        <Nothing>Nothing was spent in this time.</Nothing>
      </div>
    )
  }
  return (
    <div className="panel table-panel">
      <table className="table spend-table">
        <thead>
          <tr>
            <th scope="col" className="capital">
              {report.by}
            </th>
            <th scope="col">
              <span className="hidden">Share</span>
            </th>
            <th scope="col" className="right">
              Cost
            </th>
            <th scope="col" className="right">
              Calls
            </th>
            <th scope="col" className="right optional">
              Refused
            </th>
            <th scope="col" className="right optional">
              Cached
            </th>
            <th scope="col" className="right optional">
              Output
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const share = fraction(nanosOf(row.costUsd), total)
            return (
              <tr key={row.name}>
                <th scope="row" className="clip" title={row.name}>
                  {row.name}
                </th>
                <td className="share">
                  <Bar label={percent(share)} value={share} />
                </td>
                <td className="right number">{usd(row.costUsd)}</td>
                <td className="right number">{row.calls}</td>
                <td className="right number optional">{row.refused}</td>
                <td className="right number optional">{percent(cachedShare(row.usage))}</td>
                <td className="right number optional">{formatTokens(row.usage.output)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
