import { useCallback, useMemo, useState } from 'react'
import type { ConversationRow } from '../../../shared/contract/explore.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'
import { ContextMeter } from '../../components/display/context-meter.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { RangePicker } from '../../components/controls/range-picker.tsx'
import { type Order, type SortableColumn, SortableTable } from '../../components/display/sortable-table.tsx'
import { fraction, percent, usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { isConversationOrder, sortConversations } from '../../derive/calls/conversation-order.ts'
import { rangeWords } from '../../derive/spend/spans.ts'
import { ago } from '../../derive/format/times.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { useExploration } from '../../state/use-exploration.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'
import { ConversationDetailView } from './conversation-detail.tsx'

export function ConversationsScreen({ conversation }: { conversation: string | null }) {
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  return conversation === null ? (
    <ConversationList timeZone={timeZone} />
  ) : (
    <ConversationDetailView key={conversation} id={conversation} timeZone={timeZone} />
  )
}

/** What each conversation cost, what it carries now, and when it was last spoken in. */
function ConversationList({ timeZone }: { timeZone: string }) {
  const { api } = useStore()
  const { exploration, span, nowMs, change } = useExploration(timeZone)
  const { range, sort } = exploration
  const [isWhole, setWhole] = useState(false)
  const version = usePacedVersion(span)
  const [since, until] = [new Date(span.sinceMs).toISOString(), new Date(span.untilMs).toISOString()]
  const { value: list, error } = useAnswer(`${since} ${until} ${isWhole} ${version}`, () =>
    api.explore.conversations({ since, until, small: isWhole }),
  )
  const [by = 'cost', direction] = (sort ?? 'cost').split('-')
  const order: Order = { by: isConversationOrder(by) ? by : 'cost', isAscending: direction === 'up' }
  const rows = useMemo(
    () => sortConversations(list?.conversations ?? [], order.by, order.isAscending),
    [list, order.by, order.isAscending],
  )
  const columns = useMemo(() => conversationColumns(nowMs), [nowMs])
  const onOrder = useCallback(
    (next: Order) =>
      change({ sort: next.by === 'cost' && !next.isAscending ? null : `${next.by}${next.isAscending ? '-up' : ''}` }),
    [change],
  )
  return (
    <div className="stack">
      <div className="filters">
        <RangePicker range={range} timeZone={timeZone} nowMs={nowMs} onChange={(next) => change({ range: next })} />
      </div>
      {error && <Banner level="warn" title="The conversations could not be read" body={error} />}
      {list && rows.length === 0 && list.small.count === 0 && (
        <div className="panel">
          <Nothing>
            No conversation {rangeWords(range, timeZone, nowMs)} yet. Agents and chats show up here with their context
            and their money.
          </Nothing>
        </div>
      )}
      {rows.length > 0 && (
        <div className="panel table-panel">
          <SortableTable columns={columns} rows={rows} rowKey={({ id }) => id} order={order} onOrder={onOrder} />
        </div>
      )}
      {list && list.folded.count > 0 && (
        <p className="note">
          and {list.folded.count} more with {usd(list.folded.costUsd)}
        </p>
      )}
      {list && list.small.count > 0 && (
        <div className="more">
          <Button variant="quiet" onClick={() => setWhole(true)}>
            {list.small.count} {list.small.count === 1 ? 'conversation' : 'conversations'} below 1 cent,{' '}
            {usd(list.small.costUsd)} in all
          </Button>
        </div>
      )}
    </div>
  )
}

function conversationColumns(nowMs: number): SortableColumn<ConversationRow>[] {
  return [
    {
      title: 'Conversation',
      isName: true,
      order: 'name',
      startsAscending: true,
      hint: ({ id }) => id,
      cell: ({ id, project, branch, agent, process, session }) => (
        <>
          <a className="plain-link" href={routeHash('conversations', id)}>
            {agent ?? process ?? session ?? 'unknown program'}
          </a>
          <span className="row-evidence">{[project, branch].filter(Boolean).join(' · ') || 'no project'}</span>
        </>
      ),
    },
    {
      title: 'Model',
      width: '16%',
      room: 'optional',
      cell: ({ model }) => (model === null ? '–' : shortModel(model)),
      hint: ({ model }) => model ?? '',
    },
    { title: 'Turns', width: '70px', isNumber: true, order: 'turns', room: 'roomy', cell: ({ turns }) => turns },
    {
      title: 'Context now',
      width: '22%',
      order: 'context',
      room: 'roomy',
      cell: ({ contextTokens, contextWindow }) =>
        contextTokens === null ? '–' : <ContextMeter tokens={contextTokens} window={contextWindow} limit={null} />,
    },
    {
      title: 'From cache',
      width: '100px',
      isNumber: true,
      order: 'cache',
      room: 'optional',
      cell: ({ cacheReadTokens, inputTokens }) => percent(fraction(cacheReadTokens, inputTokens)),
    },
    {
      title: 'Last active',
      width: '102px',
      isNumber: true,
      order: 'last',
      cell: ({ lastCallAt }) => <span className="quiet">{ago(lastCallAt, nowMs)}</span>,
    },
    { title: 'Spent', width: '84px', isNumber: true, order: 'cost', cell: ({ costUsd }) => usd(costUsd) },
  ]
}
