import type { RecentCall, RecentCalls } from '../../policy/decision/facts.ts'

/** A day of heavy work. */
export const MAX_RECENT_CALLS = 10_000
/** Message and tool fingerprints over all calls: about 50 MB when none is shared. Long histories push out old calls. */
export const MAX_RECENT_FINGERPRINTS = 500_000

/** The bounded, in-memory projection of the calls made lately, which guards look for patterns in. */
export interface RecentCallLog extends RecentCalls {
  add(call: RecentCall): void
  /** What became known later: cost, cache reads, status, closed. Nothing happens when the call was forgotten. */
  update(
    callId: string,
    change: Partial<Omit<RecentCall, 'callId' | 'conversation' | 'thread' | 'bodyFingerprint'>>,
  ): void
  get(callId: string): RecentCall | undefined
  size: number
}

export function createRecentCalls(
  maxCalls = MAX_RECENT_CALLS,
  maxFingerprints = MAX_RECENT_FINGERPRINTS,
): RecentCallLog {
  const byId = new Map<string, RecentCall>()
  // In order of arrival; what lies before `first` is forgotten and cut off now and then.
  let inOrder: RecentCall[] = []
  let first = 0
  const byConversation = new Map<string, RecentCall[]>()
  const byBody = new Map<string, RecentCall[]>()
  const byThread = new Map<string, RecentCall[]>()
  const running = new Set<RecentCall>()
  let fingerprints = 0

  function add(call: RecentCall): void {
    if (byId.has(call.callId)) return
    const previous = call.conversation === null ? undefined : byConversation.get(call.conversation)?.at(-1)
    const kept = {
      ...call,
      messageFingerprints: sharing(call.messageFingerprints, previous?.messageFingerprints),
      toolCallFingerprints: sharing(call.toolCallFingerprints, previous?.toolCallFingerprints),
    }
    byId.set(kept.callId, kept)
    inOrder.push(kept)
    if (kept.conversation !== null) append(byConversation, kept.conversation, kept)
    append(byBody, kept.bodyFingerprint, kept)
    if (kept.thread !== null) append(byThread, kept.thread, kept)
    if (kept.open) running.add(kept)
    fingerprints += weight(kept)
    while (byId.size > maxCalls || (fingerprints > maxFingerprints && byId.size > 1)) forgetOldest()
  }

  function forgetOldest(): void {
    const call = inOrder[first]
    if (call === undefined) return
    first += 1
    if (first > maxCalls) {
      inOrder = inOrder.slice(first)
      first = 0
    }
    byId.delete(call.callId)
    if (call.conversation !== null) remove(byConversation, call.conversation, call)
    remove(byBody, call.bodyFingerprint, call)
    if (call.thread !== null) remove(byThread, call.thread, call)
    running.delete(call)
    fingerprints -= weight(call)
  }

  return {
    add,
    update(callId, change) {
      const call = byId.get(callId)
      if (call === undefined) return
      fingerprints -= weight(call)
      Object.assign(call, change)
      fingerprints += weight(call)
      if (!call.open) running.delete(call)
    },
    get: (callId) => byId.get(callId),
    since(sinceMs) {
      let from = inOrder.length
      while (from > first && (inOrder[from - 1]?.atMs ?? 0) >= sinceMs) from -= 1
      return inOrder.slice(from)
    },
    inConversation: (conversation) => byConversation.get(conversation) ?? [],
    inThread: (thread) => byThread.get(thread) ?? [],
    running: () => running,
    withBody: (bodyFingerprint) => byBody.get(bodyFingerprint) ?? [],
    get size() {
      return byId.size
    },
  }
}

/** A turn repeats its history: take the earlier turn's strings, so that a long conversation is held once. */
function sharing(next: readonly string[], previous: readonly string[] | undefined): string[] {
  return next.map((fingerprint, index) => (previous?.[index] === fingerprint ? previous[index] : fingerprint))
}

function weight(call: RecentCall): number {
  return call.messageFingerprints.length + call.toolCallFingerprints.length
}

function append(lists: Map<string, RecentCall[]>, key: string, call: RecentCall): void {
  const list = lists.get(key)
  if (list) list.push(call)
  else lists.set(key, [call])
}

/** The oldest call of all is the first of each of its lists. */
function remove(lists: Map<string, RecentCall[]>, key: string, call: RecentCall): void {
  const list = lists.get(key)
  const at = list?.indexOf(call) ?? -1
  if (!list || at < 0) return
  list.splice(at, 1)
  if (list.length === 0) lists.delete(key)
}
