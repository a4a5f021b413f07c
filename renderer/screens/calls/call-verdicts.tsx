import type { Verdict } from '../../../shared/calls/verdict.ts'
import { Badge } from '../../components/display/badge.tsx'
import type { Tone } from '../../derive/calls/call-words.ts'

const TONES: Record<Verdict['verdict'], Tone> = {
  allow: 'calm',
  warn: 'warn',
  throttle: 'warn',
  ask: 'warn',
  deny: 'stop',
}

/** What each rule said of the call. A reason that stands above already (`said`) is not said again. */
export function CallVerdicts({ verdicts, said }: { verdicts: readonly Verdict[]; said: string }) {
  if (verdicts.length === 0) return null
  return (
    <section>
      <h3>What the rules said</h3>
      <ul className="verdicts">
        {verdicts.map((verdict) => (
          <li key={`${verdict.guard} ${verdict.rule ?? ''} ${verdict.reason}`}>
            <Badge tone={TONES[verdict.verdict]}>{verdict.verdict}</Badge>
            <div>
              <strong>{verdict.rule ?? verdict.guard}</strong>
              {!said.includes(verdict.reason) && <span className="quiet">{verdict.reason}</span>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
