import type { Attribution } from '../../../shared/calls/attribution.ts'
import type { CallKind } from '../../../shared/calls/call.ts'
import { isCompaction } from './compaction.ts'
import type { CallerFacts } from '../attribution/attributors/attributor.ts'
import { codexTurn, sessionOfClient, threadOfClient } from '../attribution/values/client-ids.ts'
import type { Step } from '../policy/decision/facts.ts'
import type { RecentCallLog } from '../ledger/calls/recent-calls.ts'
import type { Said } from '../metering/usage/usage-reader.ts'
import type { ModelRequest } from '../providers/types/provider.ts'
import { RecentMap } from './recent-map.ts'
import { type CallFingerprints, createFingerprinter } from './fingerprint.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { createLineage, isKeptConversation, type Placement } from './lineage.ts'
import { kindOf } from './kind.ts'
import { createNovelty, type Spoken } from './novelty.ts'

/** Turns that the provider keeps and a later call may name: keyed hashes alone, some kilobytes each. */
const MAX_STORED_TURNS = 2_000
/** Calls that are not answered yet, and those that never are. */
const MAX_BEGUN = 10_000

/** A turn that the provider keeps: the next call names it, and shows neither how all began nor what the model said. */
interface StoredTurn {
  opening: string
  spoken: Spoken
}

interface BegunCall {
  opening: string
  storedInput: string | null
  thread: string | null
  stepKey: string | null
}

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
  /** It asks for its own shorter history, to go on from. */
  isCompaction: boolean
  fingerprints: CallFingerprints
  /** Calls of one caller that began with the same words: one agent's turns, or one program's nearly equal prompts. */
  thread: string | null
  /** What happened since the model spoke last; null for calls without messages. */
  step: Step | null
}

export interface Conversations {
  /** Which conversation a call belongs to, what it is for, and its fingerprints. It counts as a turn from now on. */
  identify(facts: IdentifyFacts): Identified
  /** A call was answered by these words; by the id, `previous_response_id` leads back to it. */
  answered(callId: string, responseId: string | null, said: readonly Said[]): void
}

export function createConversations(hash: KeyedHash, recent: Pick<RecentCallLog, 'withBody'>): Conversations {
  const lineage = createLineage(hash)
  const stored = new RecentMap<string, StoredTurn>(MAX_STORED_TURNS)
  const begun = new RecentMap<string, BegunCall>(MAX_BEGUN)
  const novelty = createNovelty(hash)
  const fingerprint = createFingerprinter(hash)
  return {
    answered(callId, responseId, said) {
      if (responseId !== null) lineage.answered(callId, responseId)
      const call = begun.get(callId)
      if (call === undefined) return
      begun.delete(callId)
      const spoken = novelty.spokenOf(said)
      if (call.thread !== null && call.stepKey !== null) novelty.answered(call.thread, call.stepKey, spoken)
      const turn = { opening: call.opening, spoken }
      if (responseId !== null) stored.set(responseId, turn)
      // A conversation that the provider keeps goes by one name from turn to turn.
      if (call.storedInput !== null && isKeptConversation(call.storedInput)) stored.set(call.storedInput, turn)
    },
    identify(facts) {
      const { request, headers, attribution, callId, atMs } = facts
      const client = { headers, clientIds: request.clientIds }
      const turn = request.storedInput === null ? null : (stored.get(request.storedInput) ?? null)
      const fingerprints = fingerprint(facts.body, request.messages)
      // A warm-up is kept as well, and opens nothing.
      const opening = turn?.opening || novelty.openingOf(request.messages)
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
      const thread = opening === '' ? null : threadName(opening, attribution, placement.conversation)
      const found =
        thread === null
          ? null
          : novelty.step({
              thread,
              messages: request.messages,
              fingerprints: fingerprints.messages,
              stored: turn?.spoken ?? (request.storedInput === null ? null : 'unseen'),
            })
      begun.set(callId, { opening, storedInput: request.storedInput, thread, stepKey: found?.key ?? null })
      const isAgent = attribution.agent !== null || sessionOfClient(client) !== null
      // A program that has others' conversations summed up is not an agent, and has not spoken before.
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
      return { ...placement, ...kind, isCompaction: compacts, fingerprints, thread, step: found?.step ?? null }
    },
  }
}

/** Programs that talk without a history begin each prompt again: their thread is the caller and how they begin. */
function threadName(
  opening: string,
  { session, process, agent, parentAgent }: Attribution,
  conversation: string | null,
) {
  return JSON.stringify([opening, session ?? process?.pid ?? conversation, agent, parentAgent])
}

/** Under a launch tag's session a client's own session still tells its conversations apart. */
function threadOf(client: Pick<CallerFacts, 'headers' | 'clientIds'>, session: string | null): string | null {
  const own = sessionOfClient(client)
  const parts = [own === session ? null : own, threadOfClient(client)].filter(
    (part) => part !== null && part !== session,
  )
  return parts.length > 0 ? parts.join('/') : null
}
