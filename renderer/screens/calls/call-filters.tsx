import { useRef } from 'react'
import type { ExploreSums } from '../../../shared/contract/explore.ts'
import { FilterChips } from '../../components/controls/filter-chips.tsx'
import { Icon } from '../../components/controls/icon.tsx'
import { RangePicker } from '../../components/controls/range-picker.tsx'
import { Select } from '../../components/controls/select.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { STATE_GROUPS } from '../../derive/calls/call-list.ts'
import { useSlashFocus } from '../../state/use-slash-focus.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import type { Explored } from '../../state/use-exploration.ts'

const STATES = [
  { value: '', label: 'Any state' },
  ...Object.entries(STATE_GROUPS).map(([value, { label }]) => ({ value, label })),
]

interface CallFiltersProps {
  explored: Explored
  /** How many there are, in words; null while they are counted. */
  count: string | null
  total: ExploreSums | null
}

/** All of it is in the address, so that a list can be kept, sent and gone back to. */
export function CallFilters({ explored, count, total }: CallFiltersProps) {
  const { api } = useStore()
  const input = useRef<HTMLInputElement>(null)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { exploration, span, nowMs, change } = explored
  const [since, until] = [new Date(span.sinceMs).toISOString(), new Date(span.untilMs).toISOString()]
  const { value: facets } = useAnswer(`${since} ${until} ${nowMs}`, () => api.explore.facets({ since, until }))
  useSlashFocus(input)

  return (
    <form className="filters" role="search" aria-label="Filter calls" onSubmit={(event) => event.preventDefault()}>
      <RangePicker
        range={exploration.range}
        timeZone={timeZone}
        nowMs={nowMs}
        onChange={(range) => change({ range })}
      />
      <label className="search">
        <Icon name="search" size={15} />
        <span className="hidden">Search calls</span>
        <input
          ref={input}
          type="search"
          placeholder="Project, model, session, call id …"
          value={exploration.text}
          onChange={(event) => change({ text: event.target.value }, true)}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <Select
        label="State"
        value={exploration.states ?? ''}
        options={STATES}
        onChange={(state) => change({ states: state || null })}
      />
      <FilterChips filter={exploration.filter} facets={facets} onChange={(filter) => change({ filter })} />
      <span className="filters-count number quiet" role="status">
        {count}
        {total && total.calls > 0 && <strong> {usd(total.costUsd)}</strong>}
      </span>
    </form>
  )
}
