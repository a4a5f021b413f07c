import { agentByUserAgent } from './agent-names.ts'
import type { AttributionAnswer, Attributor } from './attributor.ts'
import { answerTags } from './by-tag.ts'
import { decodeHeader } from '../values/clean-value.ts'
import { sessionOfClient } from '../values/client-ids.ts'
import { parseTags } from '../values/parse-tags.ts'

const OWN_NAMES = ['project', 'session', 'environment', 'agent', 'branch'] as const

/** What the request itself says: our own `x-allowance-*` first, then what clients send about their sessions and agents. */
export const byHeader: Attributor = {
  name: 'header',
  answer(facts) {
    const { headers } = facts
    const own = ownHeaders(headers)
    const subAgent = headers['x-claude-code-agent-id']
    return {
      ...own,
      session: own.session ?? sessionOfClient(facts),
      agent: own.agent ?? subAgent ?? agentOfHeaders(headers),
      parentAgent: own.parentAgent ?? headers['x-claude-code-parent-agent-id'] ?? null,
      keyFingerprint: facts.keyFingerprint,
    }
  },
}

function ownHeaders(headers: Readonly<Record<string, string | undefined>>): AttributionAnswer {
  // A repeated header arrives joined by commas, which is how tags are written anyway.
  const tags = parseTags(decodeHeader(headers['x-allowance-tag'] ?? '')).tags
  for (const name of OWN_NAMES) {
    const value = headers[`x-allowance-${name}`]
    if (value) tags[name] = decodeHeader(value)
  }
  return answerTags(tags)
}

/** Headers that only one agent sends, or by which it names itself. */
function agentOfHeaders(headers: Readonly<Record<string, string | undefined>>): string | null {
  if (headers['x-claude-code-session-id']) return 'claude-code'
  return agentByUserAgent(headers['originator']) ?? agentByUserAgent(headers['x-title'])
}
