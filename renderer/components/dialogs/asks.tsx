import { useState } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Status } from '../../../shared/contract/contract.ts'
import { modelOf } from '../../derive/calls/call-filter.ts'
import { workload } from '../../derive/calls/call-words.ts'
import { until } from '../../derive/format/times.ts'
import type { Answer } from '../../state/api/api.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useNow } from '../../state/use-now.ts'
import { Button } from '../controls/button.tsx'
import { Icon } from '../controls/icon.tsx'

/** The most urgent ones; of a storm of questions the rest must not bury what they are about. */
const FIRST_SHOWN = 3

/** Calls that wait for the developer, on top of every screen: each second of thinking keeps an agent waiting. */
export function Asks({ status }: { status: Status }) {
  const calls = useSnapshot((snapshot) => snapshot.calls)
  const nowMs = useNow(status.asks.length > 0 ? 500 : null)
  const [isWhole, setWhole] = useState(false)
  const asks = status.asks
    .filter((ask) => Date.parse(ask.expiresAt) > nowMs)
    .sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt))
  if (asks.length === 0) return null
  const shown = isWhole ? asks : asks.slice(0, FIRST_SHOWN)
  const more = asks.length - shown.length
  return (
    <section className="asks" aria-label="Questions">
      {shown.map((ask) => (
        <Ask key={ask.callId} ask={ask} call={calls.find((call) => call.id === ask.callId) ?? null} nowMs={nowMs} />
      ))}
      {more > 0 && (
        <Button className="asks-more" variant="quiet" onClick={() => setWhole(true)}>
          {more === 1 ? 'One more question' : `${more} more questions`}
        </Button>
      )}
    </section>
  )
}

function Ask({ ask, call, nowMs }: { ask: Status['asks'][number]; call: CallRecord | null; nowMs: number }) {
  const { api } = useStore()
  const action = useAction()
  const say = (answer: Answer) => void action.run(() => api.answer(ask.callId, answer))
  return (
    <article className="ask" aria-label="Question">
      <span className="banner-icon">
        <Icon name="ask" size={18} />
      </span>
      <div className="banner-text">
        <strong role="alert">{ask.question}</strong>
        <span>
          {call && (
            <>
              <a href={routeHash('calls', call.id)}>{workload(call)}</a> · {modelOf(call)} ·{' '}
            </>
          )}
          <span className="number">stopped {until(ask.expiresAt, nowMs)} without an answer</span>
        </span>
        {action.error && <span className="action-error">{action.error}</span>}
      </div>
      <div className="banner-actions">
        <Button variant="primary" busy={action.busy} onClick={() => say('once')}>
          Once
        </Button>
        <Button busy={action.busy} onClick={() => say('30m')}>
          30 minutes
        </Button>
        <Button variant="danger" busy={action.busy} onClick={() => say('stop')}>
          Stop
        </Button>
      </div>
    </article>
  )
}
