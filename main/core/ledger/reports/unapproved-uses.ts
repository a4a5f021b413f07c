import type { GatewayEvent } from '../../../../shared/calls/events.ts'

type UnapprovedEvent = Extract<GatewayEvent, { type: 'provider.unapproved' }>
export type Unapproved = NonNullable<UnapprovedEvent['why']>

/** One use of a model host that nobody approved. `bytes` are those of its connection, in both directions. */
export interface UnapprovedUse {
  host: string
  /** `python agent.py`; null when nobody knows. */
  process: string | null
  atMs: number
  calls: number
  bytes: number
  why: Unapproved
}

/** All uses of one host, as they are shown. */
export interface UnapprovedHost {
  host: string
  calls: number
  bytes: number
  lastProcess: string | null
  lastAtMs: number
  why: Unapproved
  processes: { process: string | null; calls: number }[]
}

/** More hosts and programs than anybody looks at; the ones unused for longest are forgotten. */
const MAX_PAIRS = 500
/** Uses that long back are no longer shown. */
export const SHOWN_MS = 7 * 86_400_000

interface Pair extends UnapprovedUse {
  /** What no event tells of yet. */
  unwritten: { calls: number; bytes: number }
}

/**
 * Model hosts that are used without approval, by host and program: a projection of the ledger, with what is not written
 * yet. Bounded in the ledger too: an event at the first sight of a pair and at each doubling of its calls. Pure.
 */
export class UnapprovedUses {
  readonly #pairs = new Map<string, Pair>()

  /** An event of the past. */
  restore({ host, process, calls = 1, bytes = 0, why = 'not-spoken' }: UnapprovedEvent, atMs: number): void {
    this.#add({ host, process, calls, bytes, why, atMs })
  }

  /** @returns the event that reports it; null when it is reported later */
  add(use: UnapprovedUse): UnapprovedEvent | null {
    const pair = this.#add(use)
    pair.unwritten.calls += use.calls
    pair.unwritten.bytes += use.bytes
    const isDue = use.calls > 0 && (pair.calls === use.calls || pair.unwritten.calls * 2 >= pair.calls)
    return isDue ? this.#take(pair) : null
  }

  /** What no event tells of yet, when the gateway stops. */
  rest(): UnapprovedEvent[] {
    return [...this.#pairs.values()]
      .filter(({ unwritten }) => unwritten.calls > 0 || unwritten.bytes > 0)
      .map((pair) => this.#take(pair))
  }

  /** By host, the latest first. */
  hosts(nowMs: number): UnapprovedHost[] {
    const hosts = new Map<string, UnapprovedHost>()
    const pairs = [...this.#pairs.values()]
      .filter(({ atMs }) => atMs > nowMs - SHOWN_MS)
      .sort((a, b) => b.atMs - a.atMs)
    for (const { host, process, calls, bytes, atMs, why } of pairs) {
      const known = hosts.get(host)
      if (!known)
        hosts.set(host, {
          host,
          calls,
          bytes,
          lastProcess: process,
          lastAtMs: atMs,
          why,
          processes: [{ process, calls }],
        })
      else {
        known.calls += calls
        known.bytes += bytes
        known.processes.push({ process, calls })
      }
    }
    return [...hosts.values()]
  }

  #add({ host, process, calls, bytes, atMs, why }: UnapprovedUse): Pair {
    const key = `${host}\n${process ?? ''}`
    const before = this.#pairs.get(key)
    const pair: Pair = {
      host,
      process,
      why,
      atMs: Math.max(atMs, before?.atMs ?? 0),
      calls: calls + (before?.calls ?? 0),
      bytes: bytes + (before?.bytes ?? 0),
      unwritten: before?.unwritten ?? { calls: 0, bytes: 0 },
    }
    // Put at the end: the first is always the one that was not used for longest.
    this.#pairs.delete(key)
    this.#pairs.set(key, pair)
    const [oldest] = this.#pairs.keys()
    if (this.#pairs.size > MAX_PAIRS && oldest !== undefined) this.#pairs.delete(oldest)
    return pair
  }

  #take(pair: Pair): UnapprovedEvent {
    const { host, process, why, unwritten } = pair
    pair.unwritten = { calls: 0, bytes: 0 }
    return { type: 'provider.unapproved', host, process, ...unwritten, why }
  }
}
