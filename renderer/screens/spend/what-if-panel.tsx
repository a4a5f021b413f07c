import { useMemo, useState } from 'react'
import type { SpendReport } from '../../../shared/contract/contract.ts'
import { Panel } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { changeWords } from '../../derive/spend/savings.ts'
import { reportRows } from '../../derive/spend/spend-rows.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { CheaperModels } from './cheaper-models.tsx'
import { WhatIfPicker } from './what-if-picker.tsx'

interface WhatIfPanelProps {
  since: string
  until: string
  /** Models that were used, to choose from. */
  models: readonly string[]
  /** Advice need not tick with every call. */
  nowMs: number
}

/** What the same tokens would have cost elsewhere: advice by kind of work, and any model one asks for. */
export function WhatIfPanel({ since, until, models, nowMs }: WhatIfPanelProps) {
  const { api } = useStore()
  const [model, setModel] = useState<string | null>(null)
  const { value: suggestions } = useAnswer(`${since} ${until} ${nowMs}`, () => api.suggestions({ since, until }))
  const { value: report, error } = useAnswer(`${since} ${until} ${model ?? ''} ${nowMs}`, async () =>
    model === null ? null : api.spend({ by: 'model', since, until, whatIf: model }),
  )
  const choices = useMemo(
    () => [...new Set([...(suggestions ?? []).map(({ suggested }) => suggested), ...models])],
    [suggestions, models],
  )
  if (!suggestions) return null
  return (
    <>
      <CheaperModels suggestions={suggestions} onCompare={setModel} />
      <Panel
        title="What if"
        aside={
          <WhatIfPicker value={model} models={choices} problem={model === null ? null : error} onChange={setModel} />
        }
      >
        {model !== null && error === null && report ? (
          <Comparison report={report} model={model} />
        ) : (
          <p className="quiet">Choose a model to see what this spend would have cost on it, with the same tokens.</p>
        )}
      </Panel>
    </>
  )
}

type Row = ReturnType<typeof reportRows>[number]

function Comparison({ report, model }: { report: SpendReport; model: string }) {
  const { costUsd, whatIfUsd } = report.total
  const columns: Column<Row>[] = [
    { title: 'Model', isName: true, cell: ({ name }) => shortModel(name), hint: ({ name }) => name },
    { title: 'Cost', width: '110px', isNumber: true, cell: (row) => usd(row.costUsd) },
    { title: `On ${shortModel(model)}`, width: '40%', isNumber: true, cell: (row) => usd(row.whatIfUsd) },
    {
      title: 'Change',
      width: '110px',
      isNumber: true,
      cell: (row) => <span className="quiet">{changeWords(row.costUsd, row.whatIfUsd)}</span>,
    },
  ]
  return (
    <>
      <p className="number">
        {usd(whatIfUsd)} on {shortModel(model)} instead of {usd(costUsd)}{' '}
        <span className="quiet">{changeWords(costUsd, whatIfUsd)}</span>
      </p>
      <Table columns={columns} rows={reportRows(report, report.timezone)} rowKey={({ name }) => name} />
    </>
  )
}
