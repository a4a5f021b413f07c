import { useState } from 'react'
import { messageOf } from '../../../shared/contract/errors.ts'
import type { ExploreAnswer, SpendFilter } from '../../../shared/contract/explore.ts'
import { drawChart } from '../../components/charts/chart-image.ts'
import { csvFile, download } from '../../components/display/download.ts'
import { usd } from '../../derive/format/amounts.ts'
import type { Bars } from '../../derive/spend/bars.ts'
import { dimensionTitle } from '../../derive/calls/dimension-words.ts'
import { answerCsv, fileName } from '../../derive/spend/downloads.ts'
import { useStore } from '../../state/store-context.tsx'

interface SpendExportProps {
  answer: ExploreAnswer
  bars: Bars
  filter: SpendFilter
  /** What the time is called: `in 7 days`. */
  time: string
}

/** What is shown, as a file. */
export function SpendExport({ answer, bars, filter, time }: SpendExportProps) {
  const { api } = useStore()
  const [error, setError] = useState<string | null>(null)
  const { by, since, until } = answer
  const save = async (format: string) => {
    setError(null)
    try {
      if (format === 'csv') download(fileName(answer, 'csv'), csvFile(answerCsv(answer)))
      if (format === 'focus')
        download(fileName(answer, 'focus.csv'), csvFile(await api.explore.focus({ since, until, by, filter })))
      if (format === 'png') {
        const image = await drawChart({
          bars,
          bucket: answer.bucket,
          timeZone: answer.timezone,
          title: `Spend by ${dimensionTitle(by).toLowerCase()} ${time}`,
          subtitle: `${usd(answer.total.costUsd)} in ${answer.total.calls} calls`,
        })
        if (image) download(fileName(answer, 'png'), image)
      }
    } catch (failure) {
      setError(messageOf(failure))
    }
  }
  return (
    <>
      <select
        className="select"
        aria-label="Export what is shown"
        value=""
        onChange={(event) => event.target.value !== '' && void save(event.target.value)}
      >
        <option value="">Export …</option>
        <option value="csv">Table as CSV</option>
        <option value="focus">FOCUS 1.2 as CSV</option>
        <option value="png">Chart as PNG</option>
      </select>
      {error && (
        <span className="action-error" role="alert">
          {error}
        </span>
      )}
    </>
  )
}
