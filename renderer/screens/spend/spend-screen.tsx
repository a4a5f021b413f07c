import { useMemo, useState } from 'react'
import type { SpendDimension, SpendReport } from '../../../shared/contract/contract.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Segmented } from '../../components/controls/segmented.tsx'
import { Select } from '../../components/controls/select.tsx'
import { choices, modelOf } from '../../derive/calls/call-filter.ts'
import { sinceMs, type Since } from '../../derive/spend/spend-rows.ts'
import type { Api } from '../../state/api.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { useNow } from '../../state/use-now.ts'
import { CheaperModels } from './cheaper-models.tsx'
import { SpendTable } from './spend-table.tsx'
import { SpendTotals } from './spend-totals.tsx'
import { WhatIfPicker } from './what-if-picker.tsx'

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
  'day',
  'week',
  'month',
]
const SINCE: readonly { value: Since; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
]

export function SpendScreen() {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.reportVersion)
  const calls = useSnapshot((snapshot) => snapshot.calls)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const [by, setBy] = useState<SpendDimension>('project')
  const [since, setSince] = useState<Since>('today')
  const [whatIf, setWhatIf] = useState<string | null>(null)
  const nowMs = useNow(60_000)
  const from = new Date(sinceMs(since, timeZone, nowMs)).toISOString()
  const { value: asked, error } = useAnswer(`${by} ${from} ${whatIf ?? ''} ${version}`, () =>
    askReport(api, by, from, whatIf),
  )
  // Advice need not tick with every call.
  const { value: suggestions } = useAnswer(`${from} ${nowMs}`, () => api.suggestions({ since: from }))
  const models = useMemo(() => {
    const suggested = (suggestions ?? []).map((suggestion) => suggestion.suggested)
    return [...new Set([...suggested, ...choices(calls, modelOf)])]
  }, [suggestions, calls])
  const report = asked?.report
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
        <WhatIfPicker value={whatIf} models={models} problem={asked?.problem ?? null} onChange={setWhatIf} />
      </div>
      {error && <Banner level="warn" title="The report could not be made" body={error} />}
      {report && <SpendTotals report={report} whatIf={asked.whatIf} />}
      {report && <SpendTable key={by} report={report} timeZone={timeZone} whatIf={asked.whatIf} />}
      {report && suggestions && report.total.calls > 0 && (
        <CheaperModels suggestions={suggestions} onCompare={setWhatIf} />
      )}
    </div>
  )
}

interface AskedReport {
  report: SpendReport
  /** The model that the report was priced on as well; null where none was asked for or it cannot be. */
  whatIf: string | null
  /** Why it cannot be. */
  problem: string | null
}

/** The report, with the other model's prices if they can be had: a name that nobody knows is no reason to show nothing. */
async function askReport(api: Api, by: SpendDimension, since: string, whatIf: string | null): Promise<AskedReport> {
  if (whatIf === null) return { report: await api.spend({ by, since }), whatIf, problem: null }
  try {
    return { report: await api.spend({ by, since, whatIf }), whatIf, problem: null }
  } catch (error) {
    return { report: await api.spend({ by, since }), whatIf: null, problem: messageOf(error) }
  }
}
