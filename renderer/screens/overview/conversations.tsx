import type { ConversationStatus, Status } from '../../../shared/contract/contract.ts'
import { ContextMeter } from '../../components/display/context-meter.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { workload } from '../../derive/calls/call-words.ts'
import { ago } from '../../derive/format/times.ts'
import { routeHash } from '../../state/route.ts'

const MAX_SHOWN = 5

/** Conversations that are going on: how full their context is, and what saying one more thing costs. */
export function Conversations({ status }: { status: Status }) {
  const { conversations } = status
  return (
    <Panel title="Conversations" aside="next turn: cached / uncached" className="conversations">
      {conversations.length === 0 ? (
        <Nothing>
          No conversation in the last half hour. Agents and chats appear here with the size of their context.
        </Nothing>
      ) : (
        <ul className="rows">
          {conversations.slice(0, MAX_SHOWN).map((conversation) => (
            <Conversation key={conversation.id} conversation={conversation} nowMs={Date.parse(status.at)} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Conversation({ conversation, nowMs }: { conversation: ConversationStatus; nowMs: number }) {
  const { model, turns, contextTokens, contextWindow, contextLimit, costUsd, nextTurnUsd, lastCallAt } = conversation
  return (
    <li className="conversation">
      <span className="live-who">
        <a className="live-model plain-link" href={routeHash('conversations', conversation.id)}>
          {workload(conversation)}
        </a>
        <span className="quiet small number">
          {model ? shortModel(model) : 'unknown model'} · {turns} {turns === 1 ? 'turn' : 'turns'} ·{' '}
          {ago(lastCallAt, nowMs)}
        </span>
      </span>
      <ContextMeter tokens={contextTokens} window={contextWindow} limit={contextLimit} />
      <span className="conversation-cost">
        <span className="number">{usd(costUsd)}</span>
        <span className="quiet small number" title="What the next turn costs with and without the provider's cache">
          {nextTurnUsd ? `${usd(nextTurnUsd.cached)} / ${usd(nextTurnUsd.uncached)}` : 'next turn –'}
        </span>
      </span>
    </li>
  )
}
