import type { Attribution } from '../../../shared/attribution.ts'
import type { CallKind } from '../../../shared/call.ts'
import { isCompaction } from './compaction.ts'
import type { CallerFacts } from '../attribution/attributor.ts'
import { codexTurn, sessionOfClient, threadOfClient } from '../attribution/client-ids.ts'
import type { RecentCallLog } from '../ledger/recent-calls.ts'
import type { ModelRequest } from '../providers/provider.ts'
import { type CallFingerprints, fingerprintCall, type KeyedHash } from './fingerprint.ts'
import { createLineage, type Placement } from './lineage.ts'
import { kindOf } from './kind.ts'

export interface IdentifyFacts {
  callId: string
  atMs: number
  body: Uint8Array
  request: ModelRequest
  headers: CallerFacts['headers']
  attribution: Attribution
}

export interface Identified extends Placement {
  kind: CallKind
  /** 1 for the first attempt. */
  attempt: number
  /** It asks for a shorter history of its own, to go on from. */
  isCompaction: boolean
  fingerprints: CallFingerprints
}

export interface Conversations {
  /** Which conversation a call belongs to, what it is for, and its fingerprints. It counts as a turn from now on. */
  identify(facts: IdentifyFacts): Identified
  /** A call was answered under this id: `previous_response_id` leads back to it. */
  answered(callId: string, responseId: string): void
}

export function createConversations(hash: KeyedHash, recent: Pick<RecentCallLog, 'withBody'>): Conversations {
  const lineage = createLineage(hash)
  return {
    answered: lineage.answered,
    identify(facts) {
      const { request, headers, attribution, callId, atMs } = facts
      const client = { headers, clientIds: request.clientIds }
      const fingerprints = fingerprintCall(hash, facts.body, request.messages, request.storedInput)
      const pid = attribution.process?.pid ?? null
      const place = {
        callId,
        scope: JSON.stringify([attribution.project, attribution.agent, attribution.keyFingerprint]),
        pid,
        session: attribution.session,
        thread: threadOf(client, attribution.session),
        // What is searched in is not talked with: embeddings of one text are no conversation.
        messages: request.kind === 'retrieval' ? [] : request.messages,
        fingerprints: request.kind === 'retrieval' ? [] : fingerprints.messages,
        storedInput: request.storedInput,
      }
      const placement = lineage.place(place)
      const isAgent = attribution.agent !== null || sessionOfClient(client) !== null
      // A program that has others' conversations summed up is no agent, and has not spoken before.
      const goesOn = placement.sharedMessages > 0 && request.messages.some(({ role }) => role === 'assistant')
      const compacts = (isAgent || goesOn) && isCompaction(request)
      const kind = kindOf({
        request,
        headers,
        isAgent,
        isCompaction: compacts,
        requestKind: codexTurn(headers)['request_kind'] ?? null,
        atMs,
        conversation: placement.conversation,
        session: attribution.session,
        pid,
        sameBody: recent.withBody(fingerprints.body),
      })
      return { ...placement, ...kind, isCompaction: compacts, fingerprints }
    },
  }
}

/** Under a launch tag's session a client's own session still tells its conversations apart. */
function threadOf(client: Pick<CallerFacts, 'headers' | 'clientIds'>, session: string | null): string | null {
  const own = sessionOfClient(client)
  const parts = [own === session ? null : own, threadOfClient(client)].filter(
    (part) => part !== null && part !== session,
  )
  return parts.length > 0 ? parts.join('/') : null
}
