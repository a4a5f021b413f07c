import { useEffect, useRef } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { refusalSentence } from '../../../shared/calls/call-notes.ts'
import { CallBadge } from '../../components/display/badge.tsx'
import { Button, IconButton } from '../../components/controls/button.tsx'
import { ContextMeter } from '../../components/display/context-meter.tsx'
import { UsageBar } from '../../components/display/usage-bar.tsx'
import { modelOf } from '../../derive/calls/call-filter.ts'
import { workload } from '../../derive/calls/call-words.ts'
import { moment } from '../../derive/format/times.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { CallAttribution } from './call-attribution.tsx'
import { CallFacts } from './call-facts.tsx'
import { CallMoney } from './call-money.tsx'
import { CallTimeline } from './call-timeline.tsx'
import { CallVerdicts } from './call-verdicts.tsx'
import { CallWhy } from './call-why.tsx'
import { useWhy } from './use-why.ts'

/** One call's life. The record follows the feed; its events are asked for again whenever the record changes. */
export function CallPanel({ id, timeZone, onClose }: { id: string; timeZone: string; onClose: () => void }) {
  const { api } = useStore()
  const known = useSnapshot((snapshot) => snapshot.calls.find((call) => call.id === id) ?? null)
  const life = useAnswer(`${id} ${known?.seq ?? ''}`, () => api.call(id))
  const call = known ?? life.value?.record ?? null
  const why = useWhy(call)
  const panel = useRef<HTMLElement>(null)

  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) onClose()
    }
    window.addEventListener('keydown', close)
    return () => window.removeEventListener('keydown', close)
  }, [onClose])

  useEffect(() => {
    const before = document.activeElement
    panel.current?.focus({ preventScroll: true })
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])

  return (
    <aside className="side-panel" aria-label="Call" ref={panel} tabIndex={-1}>
      <header className="side-head">
        <div className="side-title">
          <h2>{call ? (modelOf(call) ?? call.api) : 'Call'}</h2>
          {call && (
            <p className="quiet">
              {workload(call)} · {moment(call.startedAt, timeZone, Date.now())}
            </p>
          )}
        </div>
        {call && <CallBadge call={call} />}
        <IconButton label="Close" icon="close" onClick={onClose} />
      </header>
      {!call && <p className="nothing">{life.error ?? 'Looking it up …'}</p>}
      {call && (
        <div className="side-body">
          {call.refusal && <p className="refusal">{refusalSentence(call.refusal.message)}</p>}
          <CallMoney call={call} />
          {why && <CallWhy call={call} why={why} />}
          {call.usage && (
            <section>
              <h3>Tokens</h3>
              <UsageBar usage={call.usage} />
            </section>
          )}
          {call.contextTokens !== null && (
            <section>
              <h3>Context</h3>
              <ContextMeter tokens={call.contextTokens} window={call.contextWindow} limit={null} />
            </section>
          )}
          <CallTimeline startedAt={call.startedAt} events={life.value?.events ?? null} timeZone={timeZone} />
          <CallVerdicts verdicts={call.verdicts} said={`${call.refusal?.message ?? ''} ${why?.sentence ?? ''}`} />
          <CallAttribution attribution={call.attribution} />
          <CallFacts call={call} />
          <SessionBrake call={call} />
        </div>
      )}
    </aside>
  )
}

/** Stops one session and nobody else. */
function SessionBrake({ call }: { call: CallRecord }) {
  const { api } = useStore()
  const action = useAction()
  const { session } = call.attribution
  if (session === null) return null
  return (
    <div className="side-actions">
      <Button icon="pause" disabled={action.busy} onClick={() => void action.run(() => api.pause(session))}>
        Pause this session
      </Button>
      <Button icon="resume" disabled={action.busy} onClick={() => void action.run(() => api.resume(session))}>
        Resume it
      </Button>
      {action.error && (
        <span className="action-error" role="alert">
          {action.error}
        </span>
      )}
    </div>
  )
}
