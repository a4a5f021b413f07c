import type { Level } from '../../derive/format/gauge.ts'

interface BarProps {
  /** What a screen reader is told. */
  label: string
  /** Parts of the whole, 0 to 1. */
  value: number
  /** A second part, lighter, after the first. */
  extra?: number
  marks?: readonly number[]
  level?: Level
}

/** A slim bar: how much of a whole, with marks on the way. */
export function Bar({ label, value, extra = 0, marks = [], level = 'calm' }: BarProps) {
  return (
    <div className={`bar level-${level}`} role="img" aria-label={label}>
      <div className="bar-track">
        <div className="bar-fill" style={{ width: width(value) }} />
        {extra > 0 && <div className="bar-extra" style={{ left: width(value), width: width(extra) }} />}
      </div>
      {marks.map((mark) => (
        <span key={mark} className="bar-mark" style={{ left: width(mark) }} />
      ))}
    </div>
  )
}

/** Something is never drawn as nothing. */
function width(part: number): string {
  return `${part > 0 ? Math.max(0.6, part * 100) : 0}%`
}
