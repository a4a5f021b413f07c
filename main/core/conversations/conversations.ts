import type { Attribution } from '../../../shared/calls/attribution.ts'
import type { CallKind } from '../../../shared/calls/call.ts'
import { isCompaction } from './compaction.ts'
import type { CallerFacts } from '../attribution/attributors/attributor.ts'
import { codexTurn, sessionOfClient, threadOfClient } from '../attribution/values/client-ids.ts'
import type { RecentCallLog } from '../ledger/calls/recent-calls.ts'
import type { Said } from '../metering/usage/usage-reader.ts'
import type { ModelRequest } from '../providers/types/provider.ts'
import { RecentMap } from './recent-map.ts'
import { type CallFingerprints, fingerprintCall, type StoredTurn } from './fingerprint.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { createLineage, isKeptConversation, type Placement } from './lineage.ts'
import { kindOf } from './kind.ts'
import { mannerOf } from './manner.ts'
import { spokenOf } from './step.ts'

/** Turns that the provider keeps and a later call may name: fingerprints alone, some 3 MB. */
const MAX_STORED_TURNS = 10_000

export interface IdentifyFacts {
  callId: string
  atMs: number
  body: Uint8Array
  /** The body parsed; null where there is no JSON. */
  json?: unknown
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
  /** A call was answered under this id, by these words: `previous_response_id` leads back to it. */
  answered(callId: string, responseId: string, said: readonly Said[]): void
}

export function createConversations(hash: KeyedHash, recent: Pick<RecentCallLog, 'withBody'>): Conversations {
  const lineage = createLineage(hash)
  const stored = new RecentMap<string, StoredTurn>(MAX_STORED_TURNS)
  const begun = new RecentMap<string, { opening: string; storedInput: string | null }>(MAX_STORED_TURNS)
  return {
    answered(callId, responseId, said) {
      lineage.answered(callId, responseId)
      const call = begun.get(callId)
      if (call === undefined) return
      const turn = { opening: call.opening, spoken: spokenOf(hash, said) }
      stored.set(responseId, turn)
      // A conversation that the provider keeps goes by one name from turn to turn.
      if (call.storedInput !== null && isKeptConversation(call.storedInput)) stored.set(call.storedInput, turn)
    },
    identify(facts) {
      const { request, headers, attribution, callId, atMs } = facts
      const client = { headers, clientIds: request.clientIds }
      const turn = request.storedInput === null ? null : (stored.get(request.storedInput) ?? null)
      const fingerprints = fingerprintCall(hash, facts.body, request.messages, {
        storedInput: request.storedInput,
        stored: turn,
        manner: mannerOf(request.model, facts.json),
      })
      begun.set(callId, { opening: fingerprints.opening, storedInput: request.storedInput })
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
