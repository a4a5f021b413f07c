import { useEffect, useMemo, useRef } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { Icon } from '../../components/controls/icon.tsx'
import { Select } from '../../components/controls/select.tsx'
import { type CallFilter, choices, modelOf, type StateGroup } from '../../derive/calls/call-filter.ts'

const STATES: readonly { value: StateGroup | ''; label: string }[] = [
  { value: '', label: 'Any state' },
  { value: 'live', label: 'In flight' },
  { value: 'settled', label: 'Settled' },
  { value: 'refused', label: 'Refused' },
  { value: 'unfinished', label: 'Not charged or lost' },
]

interface CallFiltersProps {
  calls: readonly CallRecord[]
  filter: CallFilter
  found: number
  onChange: (filter: CallFilter) => void
}

export function CallFilters({ calls, filter, found, onChange }: CallFiltersProps) {
  const input = useRef<HTMLInputElement>(null)
  const projects = useMemo(() => choices(calls, (call) => call.attribution.project), [calls])
  const models = useMemo(() => choices(calls, modelOf), [calls])

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog')
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      input.current?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])

  return (
    <form className="filters" role="search" aria-label="Filter calls" onSubmit={(event) => event.preventDefault()}>
      <label className="search">
        <Icon name="search" size={15} />
        <span className="hidden">Search calls</span>
        <input
          ref={input}
          type="search"
          placeholder="Search model, project, agent, session …"
          value={filter.text}
          onChange={(event) => onChange({ ...filter, text: event.target.value })}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <Select
        label="Project"
        value={filter.project ?? ''}
        options={withAny('Any project', projects)}
        onChange={(project) => onChange({ ...filter, project: project || null })}
      />
      <Select
        label="Model"
        value={filter.model ?? ''}
        options={withAny('Any model', models)}
        onChange={(model) => onChange({ ...filter, model: model || null })}
      />
      <Select
        label="State"
        value={filter.state ?? ''}
        options={STATES}
        onChange={(state) => onChange({ ...filter, state: state || null })}
      />
      <span className="filters-count number quiet" role="status">
        {found} {found === 1 ? 'call' : 'calls'}
      </span>
    </form>
  )
}

function withAny(label: string, values: readonly string[]) {
  return [{ value: '', label }, ...values.map((value) => ({ value, label: value }))]
}
