import { Switch as Base } from '@base-ui/react/switch'
import { type ReactNode, useId } from 'react'

interface SwitchProps {
  label: string
  /** What it means when it is on. */
  children?: ReactNode
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}

/** Something that is on or off, and changes at once. */
export function Switch({ label, children, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId()
  return (
    <div className="switch-row">
      <div className="switch-text">
        <span id={`${id}-label`}>{label}</span>
        {children && (
          <span id={`${id}-help`} className="quiet small">
            {children}
          </span>
        )}
      </div>
      <Base.Root
        className="switch"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        {...(children ? { 'aria-describedby': `${id}-help` } : {})}
      >
        <Base.Thumb className="switch-thumb" />
      </Base.Root>
    </div>
  )
}
