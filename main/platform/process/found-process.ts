import type { ProcessFacts } from '../../../shared/calls/attribution.ts'

/** Both ends of an accepted connection as we see them; a `net.Socket` fits. */
export interface Peer {
  remoteAddress?: string | undefined
  remotePort?: number | undefined
  localAddress?: string | undefined
  localPort?: number | undefined
}

export interface FoundProcess {
  facts: ProcessFacts
  /** Those of its variables that say where it runs (core/attribution/by-environment); empty where they cannot be read. */
  variables: Readonly<Record<string, string>>
}

/**
 * The process at the other end of a loopback connection: right, or null. Ask when the connection is accepted, because
 * a short-lived process may be gone a moment later, and keep the answer with the connection.
 */
export interface ProcessLookup {
  processOf(peer: Peer): Promise<FoundProcess | null>
  /** The user who opened the connection; null where the system does not tell. */
  userOf(peer: Peer): Promise<number | null>
  /**
   * Whether an answer still holds for a later call on the same connection: the process may have moved to another
   * directory, or share the connection with a child that works elsewhere. Then `cwd`, or all, is null.
   */
  recheck(found: FoundProcess): Promise<FoundProcess | null>
}
