import { useId } from 'react'
import { Field } from '../../components/controls/field.tsx'
import { CAP_DIMENSIONS, type CapForm, scopeText } from '../../derive/caps/cap-form.ts'
import { PRESET_DAYS } from '../../derive/caps/cap-presets.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

const EACH = [
  { value: '', label: 'One cap in all' },
  { value: 'project', label: 'Each project its own' },
  { value: 'session', label: 'Each session its own' },
  { value: 'agent', label: 'Each agent its own' },
]

type Dimension = (typeof CAP_DIMENSIONS)[number]

/** What a cap counts: everything, or one project, agent, model or environment; and whether each gets its own cap. */
export function CapScopeFields({ form, onChange }: { form: CapForm; onChange: (next: Partial<CapForm>) => void }) {
  const [dimension = null, ...more] = Object.keys(form.scope)
  const simple = CAP_DIMENSIONS.find((name) => name === dimension)
  const wanted = dimension === null ? '' : form.scope[dimension]
  const isSimple = dimension === null || (more.length === 0 && simple !== undefined && typeof wanted === 'string')
  if (!isSimple)
    return (
      <p className="field-hint cap-scope">
        For {scopeText(form.scope)}.{' '}
        <button type="button" className="link-button" onClick={() => onChange({ scope: {} })}>
          For everything instead
        </button>
      </p>
    )
  return (
    <div className="cap-scope">
      <Field label="Applies to">
        {(ids) => (
          <select
            {...ids}
            className="select"
            value={dimension ?? ''}
            onChange={({ target: { value } }) => onChange({ scope: value === '' ? {} : { [value]: '' } })}
          >
            <option value="">Everything</option>
            {CAP_DIMENSIONS.map((name) => (
              <option key={name} value={name}>
                One {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {simple !== undefined && (
        <ScopeValue
          dimension={simple}
          value={String(wanted)}
          onChange={(value) => onChange({ scope: { [simple]: value } })}
        />
      )}
      <Field label="Split">
        {(ids) => (
          <select
            {...ids}
            className="select"
            value={form.each}
            onChange={({ target: { value } }) => onChange({ each: value })}
          >
            {EACH.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}

interface ScopeValueProps {
  dimension: Dimension
  value: string
  onChange: (value: string) => void
}

/** A value of a dimension: those that were seen lately are offered, any other can be written. */
function ScopeValue({ dimension, value, onChange }: ScopeValueProps) {
  const { api } = useStore()
  const list = useId()
  const { value: report } = useAnswer(dimension, () => api.spend({ by: dimension, since: `${PRESET_DAYS}d` }))
  const known = (report?.rows ?? []).flatMap(({ key }) => (key === null ? [] : [key]))
  return (
    <Field label={`Which ${dimension}`}>
      {(ids) => (
        <>
          <input
            {...ids}
            className="input"
            list={list}
            placeholder={known[0] ?? 'its name'}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={list}>
            {known.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}
