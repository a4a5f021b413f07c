import type { ReactNode } from 'react'
import type { Gauge } from '../../derive/format/gauge.ts'

const SIZE = 240
const RADIUS = 104
const STROKE = 13
/** The arc leaves 100° open at the bottom. */
const START_DEGREES = 140
const SWEEP_DEGREES = 260

/** A budget as an arc: what is spent, what is held on top of it, what is left, and the marks at which it warns. */
export function ArcGauge({ gauge, label, children }: { gauge: Gauge; label: string; children: ReactNode }) {
  const path = arc(START_DEGREES, SWEEP_DEGREES)
  return (
    <div className={`arc-gauge level-${gauge.level}`}>
      <svg viewBox={`0 0 ${SIZE} ${SIZE - 24}`} role="img" aria-label={label}>
        <path className="arc-track" d={path} strokeWidth={STROKE} />
        {gauge.held > 0 && <Part className="arc-held" path={path} from={gauge.spent} part={gauge.held} />}
        {gauge.spent > 0 && <Part className="arc-spent" path={path} from={0} part={gauge.spent} />}
        {gauge.marks.map((mark) => (
          <line key={mark} className={mark <= gauge.spent ? 'arc-mark passed' : 'arc-mark'} {...tick(mark)} />
        ))}
      </svg>
      <div className="arc-centre">{children}</div>
    </div>
  )
}

/** The gauge's path is measured as 1000 long, so that parts need no trigonometry and can be animated by CSS. */
function Part({ className, path, from, part }: { className: string; path: string; from: number; part: number }) {
  return (
    <path
      className={className}
      d={path}
      pathLength={1_000}
      strokeWidth={STROKE}
      strokeDasharray={`${Math.max(2, part * 1_000)} 2000`}
      strokeDashoffset={-from * 1_000}
    />
  )
}

function arc(startDegrees: number, sweepDegrees: number): string {
  const [x1, y1] = point(startDegrees, RADIUS)
  const [x2, y2] = point(startDegrees + sweepDegrees, RADIUS)
  return `M ${x1} ${y1} A ${RADIUS} ${RADIUS} 0 ${sweepDegrees > 180 ? 1 : 0} 1 ${x2} ${y2}`
}

function tick(part: number): { x1: number; y1: number; x2: number; y2: number } {
  const degrees = START_DEGREES + SWEEP_DEGREES * part
  const [x1, y1] = point(degrees, RADIUS - STROKE / 2 - 8)
  const [x2, y2] = point(degrees, RADIUS - STROKE / 2 - 3)
  return { x1, y1, x2, y2 }
}

function point(degrees: number, radius: number): [number, number] {
  const radians = (degrees * Math.PI) / 180
  return [round(SIZE / 2 + radius * Math.cos(radians)), round(SIZE / 2 + radius * Math.sin(radians))]
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
