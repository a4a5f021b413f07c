import { useState } from 'react'
import { spanOf } from '../../derive/spend/spans.ts'
import { dateField, moment } from '../../derive/format/times.ts'
import type { Range } from '../../state/exploration.ts'
import { Segmented } from './segmented.tsx'

const KINDS = [
  { value: 'today', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: 'custom', label: 'Custom' },
] as const

interface RangePickerProps {
  range: Range
  timeZone: string
  nowMs: number
  onChange: (range: Range) => void
}

/** How far back one looks; days of one's own from the calendar. */
export function RangePicker({ range, timeZone, nowMs, onChange }: RangePickerProps) {
  const [isAsked, setAsked] = useState(false)
  const isOpen = isAsked || range.kind === 'custom'
  const { sinceMs, untilMs } = spanOf(range, timeZone, nowMs)
  const since = dateField(sinceMs, timeZone)
  const until = dateField(Math.max(sinceMs, untilMs - 1), timeZone)
  const isExact = range.kind === 'custom' && /T/.test(range.since)
  const setDates = (from: string, to: string) => {
    if (from !== '' && to !== '') onChange({ kind: 'custom', since: from, until: to < from ? from : to })
  }
  return (
    <div className="range">
      <Segmented
        label="Time"
        value={isOpen ? 'custom' : range.kind}
        options={KINDS}
        onChange={(kind) => {
          setAsked(kind === 'custom')
          if (kind !== 'custom') onChange({ kind })
        }}
      />
      {isOpen && (
        <span className="range-dates">
          <input
            className="input"
            type="date"
            aria-label="From"
            value={since}
            max={dateField(nowMs, timeZone)}
            onChange={(event) => setDates(event.target.value, until)}
          />
          –
          <input
            className="input"
            type="date"
            aria-label="To"
            value={until}
            min={since}
            max={dateField(nowMs, timeZone)}
            onChange={(event) => setDates(since, event.target.value)}
          />
          {isExact && range.kind === 'custom' && (
            <span className="quiet small number">
              {moment(range.since, timeZone, nowMs)} to {moment(range.until, timeZone, nowMs)}
            </span>
          )}
        </span>
      )}
    </div>
  )
}
