import type { ConversationRow } from '../../../shared/contract/explore.ts'
import { fraction, nanosOf } from '../format/amounts.ts'

const ORDERS = {
  name: ({ project, agent, process }: ConversationRow) => `${agent ?? process ?? ''} ${project ?? ''}`,
  turns: ({ turns }: ConversationRow) => turns,
  context: ({ contextTokens }: ConversationRow) => contextTokens ?? 0,
  cache: ({ cacheReadTokens, inputTokens }: ConversationRow) => fraction(cacheReadTokens, inputTokens),
  last: ({ lastCallAt }: ConversationRow) => lastCallAt,
  cost: ({ costUsd }: ConversationRow) => nanosOf(costUsd),
}

export function isConversationOrder(name: string): name is keyof typeof ORDERS {
  return name in ORDERS
}

export function sortConversations(
  rows: readonly ConversationRow[],
  by: string,
  isAscending: boolean,
): ConversationRow[] {
  const read = isConversationOrder(by) ? ORDERS[by] : ORDERS.cost
  const sign = isAscending ? 1 : -1
  return [...rows].sort((a, b) => {
    const [left, right] = [read(a), read(b)]
    return left < right ? -sign : left > right ? sign : a.id < b.id ? -1 : 1
  })
}
