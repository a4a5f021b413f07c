import { useMemo } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { formatTokens } from '../../../shared/values/format.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { callTitle } from '../../derive/calls/call-filter.ts'
import { kindWords, workload } from '../../derive/calls/call-words.ts'
import { dayClock, moment } from '../../derive/format/times.ts'
import { type Turn, turnNotes, turnsOf } from '../../derive/calls/turns.ts'
import { capHash } from '../../state/cap-link.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { useNow } from '../../state/use-now.ts'
import { TurnChart } from './turn-chart.tsx'

/** One conversation: how its context grew, what each turn cost, where the cache was missed and where it goes in circles. */
export function ConversationDetailView({ id, timeZone }: { id: string; timeZone: string }) {
  const { api } = useStore()
  const newest = useSnapshot((snapshot) => newestSeq(snapshot.calls, id))
  const nowMs = useNow(60_000)
  const { value: detail, error } = useAnswer(`${id} ${newest}`, () => api.explore.conversation(id))
  const turns = useMemo(() => turnsOf(detail?.calls ?? []), [detail])
  const columns = useMemo(() => turnColumns(timeZone), [timeZone])
  const newestFirst = useMemo(() => [...turns].reverse(), [turns])
  const last = turns.filter(({ number }) => number !== null).at(-1) ?? turns.at(-1)
  if (error && !detail) return <Banner level="warn" title="The conversation could not be read" body={error} />
  if (!detail) return null
  if (!last) return <Nothing>No calls of this conversation are on record.</Nothing>
  const sum = (read: (turn: Turn) => number) => turns.reduce((total, turn) => total + read(turn), 0)
  const missNanos = sum(({ call }) => nanosOf(call.cacheMiss?.costUsd))
  const { call } = last
  return (
    <div className="stack">
      <div className="filters">
        <a href={routeHash('conversations')}>All conversations</a>
        <strong>{workload(call)}</strong>
        <span className="quiet">
          {[call.attribution.branch, callTitle(call)].filter(Boolean).join(' · ')} ·{' '}
          {moment(call.endedAt ?? call.startedAt, timeZone, nowMs)}
        </span>
        <span className="filters-end">
          <PauseConversation id={call.attribution.session ?? id} />
          {call.attribution.project !== null && (
            <a className="button" href={capHash({ project: [call.attribution.project] })}>
              Cap its project
            </a>
          )}
        </span>
      </div>
      <dl className="facts facts-panel">
        <Fact name="Spent" value={usd(exactUsd(sum(({ costNanos }) => costNanos)))} />
        <Fact name="Turns" value={String(turns.filter(({ number }) => number !== null).length + detail.earlier)} />
        <Fact
          name="Context now"
          value={`${formatTokens(last.context)}${call.contextWindow === null ? '' : ` of ${formatTokens(call.contextWindow)}`}`}
        />
        <Fact
          name="Input from cache"
          value={percent(
            fraction(
              sum(({ cacheRead }) => cacheRead),
              sum(({ call, context }) => (call.usage ? context : 0)),
            ),
          )}
        />
        {missNanos > 0 && <Fact name="Extra cost of cache misses" value={usd(exactUsd(missNanos))} />}
      </dl>
      <Panel title="Turn by turn">
        {detail.earlier > 0 && (
          <p className="note">
            The newest {turns.length} calls; {detail.earlier} came before.
          </p>
        )}
        <TurnChart turns={turns} window={call.contextWindow} />
        <Table columns={columns} rows={newestFirst} rowKey={keyOf} />
      </Panel>
    </div>
  )
}

/** Grows with each call of it, so that the screen follows the conversation. */
function newestSeq(calls: readonly CallRecord[], id: string): number {
  return calls.reduce((seq, call) => (call.conversation === id ? Math.max(seq, call.seq) : seq), 0)
}

function keyOf({ call }: Turn): string {
  return call.id
}

function turnColumns(timeZone: string): Column<Turn>[] {
  return [
    {
      title: 'Turn',
      isName: true,
      cell: (turn) => {
        const notes = turnNotes(turn).join(' · ')
        return (
          <>
            <a className="plain-link" href={routeHash('calls', turn.call.id)}>
              {turn.number === null ? kindWords(turn.call.kind) : `${turn.number}`}
              <span className="quiet small">
                {' '}
                {turn.call.step?.tools.length
                  ? turn.call.step.tools.join(', ')
                  : turn.number !== null && kindWords(turn.call.kind)}
              </span>
            </a>
            {notes !== '' && (
              <span className="row-note" title={notes}>
                {notes}
              </span>
            )}
          </>
        )
      },
    },
    {
      title: 'Time',
      width: '156px',
      room: 'roomy',
      cell: ({ call }) => <span className="quiet number">{dayClock(call.startedAt, timeZone)}</span>,
    },
    { title: 'Context', width: '84px', isNumber: true, cell: ({ context }) => formatTokens(context) },
    {
      title: 'From cache',
      width: '96px',
      isNumber: true,
      cell: ({ cacheRead, context, call }) => (call.usage ? percent(fraction(cacheRead, context)) : '–'),
    },
    {
      title: 'Output',
      width: '84px',
      isNumber: true,
      room: 'roomy',
      cell: ({ call }) => (call.usage ? formatTokens(call.usage.output) : '–'),
    },
    { title: 'Cost', width: '92px', isNumber: true, cell: ({ call }) => usd(call.costUsd) },
  ]
}

/** Stops this conversation (or the session it is of) and nobody else. */
function PauseConversation({ id }: { id: string }) {
  const { api } = useStore()
  const action = useAction()
  return (
    <>
      <Button icon="pause" disabled={action.busy} onClick={() => void action.run(() => api.pause(id))}>
        Pause
      </Button>
      <Button icon="resume" disabled={action.busy} onClick={() => void action.run(() => api.resume(id))}>
        Resume
      </Button>
      {action.error && (
        <span className="action-error" role="alert">
          {action.error}
        </span>
      )}
    </>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className="number">{value}</dd>
    </div>
  )
}
