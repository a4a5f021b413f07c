import { agentByUserAgent } from './agent-names.ts'
import type { Attributor } from './attributor.ts'

/** The agent's name out of its user agent. An SDK's name says nothing about who calls, so it is not an answer. */
export const byUserAgent: Attributor = {
  name: 'user-agent',
  answer: ({ headers }) => ({ agent: agentByUserAgent(headers['user-agent']) }),
}
