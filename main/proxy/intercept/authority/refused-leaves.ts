import type { Clock } from '../../../platform/system/clock.ts'

/** How long a client that did not take our leaf is let through unseen, before it is offered again. */
const TUNNEL_FOR_MS = 10 * 60_000
/** A client may drop a connection it opened too early; twice in a row within this time it means the leaf. */
const SILENT_CLOSE_WITHIN_MS = 60_000
/** Pairs of host and client; far more than run on one machine. */
const MAX_REMEMBERED = 512

interface Refusal {
  atMs: number
  certain: boolean
}

/** Which clients do not take our leaf for which host: those with their own trust store. */
export interface RefusedLeaves {
  /** @returns until when this client is let through, null while its refusal is not certain */
  refused(host: string, client: string, how: 'alert' | 'silent-close'): number | null
  accepted(host: string, client: string): void
  isRefused(host: string, client: string): boolean
}

export function createRefusedLeaves(clock: Clock): RefusedLeaves {
  const refusals = new Map<string, Refusal>()
  const keyOf = (host: string, client: string) => `${host} ${client}`
  return {
    refused(host, client, how) {
      const key = keyOf(host, client)
      const before = refusals.get(key)
      const again = before !== undefined && clock() - before.atMs < SILENT_CLOSE_WITHIN_MS
      refusals.delete(key)
      refusals.set(key, { atMs: clock(), certain: how === 'alert' || again })
      for (const oldest of refusals.keys()) if (refusals.size > MAX_REMEMBERED) refusals.delete(oldest)
      return how === 'alert' || again ? clock() + TUNNEL_FOR_MS : null
    },
    accepted(host, client) {
      refusals.delete(keyOf(host, client))
    },
    isRefused(host, client) {
      const refusal = refusals.get(keyOf(host, client))
      return refusal !== undefined && refusal.certain && clock() - refusal.atMs < TUNNEL_FOR_MS
    },
  }
}
