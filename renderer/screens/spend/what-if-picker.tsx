import { useEffect, useId, useState } from 'react'
import { IconButton } from '../../components/controls/button.tsx'

interface WhatIfPickerProps {
  value: string | null
  /** Models to choose from; any other may be typed. */
  models: readonly string[]
  /** Why there is no comparison, where one was asked for. */
  problem: string | null
  onChange: (model: string | null) => void
}

/** Asks what the same tokens would have cost on another model. Chosen from the list or typed, and then Enter. */
export function WhatIfPicker({ value, models, problem, onChange }: WhatIfPickerProps) {
  const list = useId()
  const said = useId()
  const [draft, setDraft] = useState(value ?? '')
  useEffect(() => setDraft(value ?? ''), [value])
  const commit = (text: string) => onChange(text.trim() || null)
  return (
    <form
      className="what-if"
      onSubmit={(event) => {
        event.preventDefault()
        commit(draft)
      }}
    >
      <label htmlFor={`${list}-input`}>All spend on</label>
      <input
        id={`${list}-input`}
        className="input"
        list={list}
        placeholder="another model"
        maxLength={200}
        value={draft}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : said}
        onChange={(event) => {
          setDraft(event.target.value)
          if (models.includes(event.target.value)) commit(event.target.value)
        }}
        onBlur={() => commit(draft)}
      />
      <datalist id={list}>
        {models.map((model) => (
          <option key={model} value={model}>
            {model}
          </option>
        ))}
      </datalist>
      {value !== null && <IconButton label="Stop comparing" icon="close" onClick={() => onChange(null)} />}
      {problem !== null && (
        <span id={said} className="action-error" role="alert">
          {problem}
        </span>
      )}
    </form>
  )
}
