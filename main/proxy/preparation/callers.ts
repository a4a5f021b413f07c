import { performance } from 'node:perf_hooks'
import type { FoundProcess, Peer, ProcessLookup } from '../../platform/process/found-process.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import type { RepositoryFacts } from '../../core/attribution/attributors/attributor.ts'
import type { Caller } from '../arrival/ingress.ts'

export const NOBODY: Caller = { process: null, repository: null, variables: {} }

/** An answer is believed for so long; an agent makes many calls a second and changes its branch a few times a day. */
const BELIEVED_MS = 1_000
/** Connections that are opened together are asked about together. Not longer: a branch may be switched before the next program starts. */
const BURST_MS = 50
const MAX_DIRECTORIES = 64

/**
 * Who is at the other end of a connection. Looked up once, when it is accepted, and asked again at most once a second,
 * because a connection outlives a change of directory.
 */
export class Callers {
  readonly #lookup: ProcessLookup
  readonly #repositoryOf: (directory: string) => Promise<RepositoryFacts | null>
  readonly #found = new WeakMap<Caller, FoundProcess>()
  readonly #relayed = new WeakMap<Peer, Peer>()
  /** By who was found at first, which stays with the connection. */
  readonly #latest = new WeakMap<Caller, { atMs: number; caller: Promise<Caller> }>()
  readonly #repositories = new RecentMap<string, { atMs: number; facts: Promise<RepositoryFacts | null> }>(
    MAX_DIRECTORIES,
  )
  readonly #clock: () => number

  constructor(
    lookup: ProcessLookup,
    repositoryOf: (directory: string) => Promise<RepositoryFacts | null>,
    clock: () => number = () => performance.now(),
  ) {
    this.#clock = clock
    this.#lookup = lookup
    this.#repositoryOf = repositoryOf
  }

  /** Never rejects: nobody is an answer. */
  async of(peer: Peer): Promise<Caller> {
    const client = this.#relayed.get(peer) ?? peer
    const [found, userId] = await Promise.all([
      this.#lookup.processOf(client).catch(() => null),
      this.#lookup.userOf(client).catch(() => null),
    ])
    const caller = { ...(await this.#describe(found)), userId }
    if (found) this.#found.set(caller, found)
    this.#latest.set(caller, { atMs: this.#clock(), caller: Promise.resolve(caller) })
    return caller
  }

  /** A connection is somebody else's than whose it seems: a stand-in has handed it on. */
  relayed(connection: Peer, client: Peer): void {
    this.#relayed.set(connection, client)
  }

  /** The same caller as it is now, or was within the last second. Never rejects. */
  now(caller: Caller): Promise<Caller> {
    const latest = this.#latest.get(caller)
    const nowMs = this.#clock()
    if (latest && nowMs - latest.atMs < BELIEVED_MS) return latest.caller
    const again = this.#recheck(caller)
    this.#latest.set(caller, { atMs: nowMs, caller: again })
    return again
  }

  async #recheck(caller: Caller): Promise<Caller> {
    const found = this.#found.get(caller)
    if (!found) return caller
    const again = await this.#lookup.recheck(found).catch(() => null)
    // Asked again even where the process stayed: its branch may have been switched, and the answer is kept by file states.
    return this.#describe(again)
  }

  async #describe(found: FoundProcess | null): Promise<Caller> {
    if (!found) return NOBODY
    const repository = found.facts.cwd === null ? null : await this.#repositoryAt(found.facts.cwd)
    const caller: Caller = { process: found.facts, repository, variables: found.variables }
    this.#found.set(caller, found)
    return caller
  }

  #repositoryAt(directory: string): Promise<RepositoryFacts | null> {
    const nowMs = this.#clock()
    const known = this.#repositories.get(directory)
    if (known && nowMs - known.atMs < BURST_MS) return known.facts
    const facts = this.#repositoryOf(directory).catch(() => null)
    this.#repositories.set(directory, { atMs: nowMs, facts })
    return facts
  }
}
