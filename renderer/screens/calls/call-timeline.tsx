import { useMemo } from 'react'
import { clockSeconds } from '../../derive/format/times.ts'
import { timelineOf } from '../../derive/calls/timeline.ts'
import type { LifeEvent } from '../../state/api/api.ts'

interface CallTimelineProps {
  startedAt: string
  /** Null while they are being asked for. */
  events: readonly LifeEvent[] | null
  timeZone: string
}

export function CallTimeline({ startedAt, events, timeZone }: CallTimelineProps) {
  const steps = useMemo(() => timelineOf(startedAt, events ?? []), [startedAt, events])
  return (
    <section>
      <h3>Life</h3>
      <ol className="timeline">
        {steps.map((step) => (
          <li key={step.seq} className={`tone-${step.tone}`}>
            <span className="timeline-dot" aria-hidden="true" />
            <div>
              <strong>{step.title}</strong>
              {step.detail && <span className="quiet number">{step.detail}</span>}
            </div>
            <time className="quiet small number" dateTime={step.at} title={clockSeconds(step.at, timeZone)}>
              {step.offset}
            </time>
          </li>
        ))}
      </ol>
    </section>
  )
}
