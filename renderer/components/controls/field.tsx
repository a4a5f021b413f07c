import { type ReactNode, useId } from 'react'

interface FieldProps {
  label: string
  /** Said under the control: what it is for, or what is wrong. */
  hint?: ReactNode
  error?: string | null
  /** Given the id of the control and of what describes it. */
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** A control with its name and its hint; what is wrong with it is said in the hint's place. */
export function Field({ label, hint, error = null, children }: FieldProps) {
  const id = useId()
  const described = error !== null || hint !== undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described ? { 'aria-describedby': `${id}-hint` } : {}),
        ...(error === null ? {} : { 'aria-invalid': true as const }),
      })}
      {described && (
        <p id={`${id}-hint`} className={error === null ? 'field-hint' : 'field-hint field-error'} role="status">
          {error ?? hint}
        </p>
      )}
    </div>
  )
}
