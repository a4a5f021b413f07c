import type { CallRecord } from '../../../shared/calls/call.ts'
import { cacheMissSentence, clampSentence } from '../../../shared/calls/call-notes.ts'
import { Bar } from '../../components/display/bar.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { routeHash } from '../../state/route.ts'

const PRICED: Record<CallRecord['priced'], string | null> = {
  exact: null,
  provider: 'The provider stated this cost.',
  ceiling: 'The price of this model is unknown: charged at a stated ceiling.',
  free: 'This model is free by declaration.',
}

/** What was held before the call, and what of it the call really cost. */
export function CallMoney({ call }: { call: CallRecord }) {
  const held = nanosOf(call.heldUsd)
  const cost = nanosOf(call.costUsd)
  const part = fraction(cost, held)
  const over = held > 0 && cost > held
  if (call.state === 'refused') return <p className="quiet">It was not sent, so it cost nothing.</p>
  const note = PRICED[call.priced]
  const clamped = clampSentence(call)
  return (
    <section className="call-money">
      <div className="call-money-line">
        <div>
          <span className="quiet small">Cost</span>
          <span className="call-cost number" title={call.costUsd ? `$${call.costUsd}` : undefined}>
            {usd(call.costUsd)}
          </span>
        </div>
        <div className="right">
          <span className="quiet small">Held</span>
          <span className="number">{usd(call.heldUsd)}</span>
        </div>
      </div>
      {call.costUsd !== null && held > 0 && (
        <>
          <Bar label={`Cost against hold: ${percent(part)}`} value={part} level={over ? 'stop' : 'calm'} />
          <p className="note">
            {over ? 'It cost more than was held.' : `${percent(part)} of what was held; the rest went back.`}
          </p>
        </>
      )}
      {call.cacheMiss && (
        <p className="note note-warn">
          {cacheMissSentence(call.cacheMiss)} <a href={routeHash('calls', call.cacheMiss.callId)}>The turn before</a>
        </p>
      )}
      {clamped && <p className="note">{clamped}</p>}
      {note && <p className="note">{note}</p>}
      {call.billing === 'subscription' && (
        <p className="note">On a signed-in plan: shown at list price, not billed per call.</p>
      )}
    </section>
  )
}
