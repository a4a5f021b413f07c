import type { FoundProcess, Peer, ProcessLookup } from '../../platform/process/found-process.ts'
import type { RepositoryFacts } from '../../core/attribution/attributors/attributor.ts'
import type { Caller } from '../arrival/ingress.ts'

export const NOBODY: Caller = { process: null, repository: null, variables: {} }

/**
 * Who is at the other end of a connection. Looked up once, when it is accepted; asked again for every later call on it,
 * because a connection outlives a change of directory.
 */
export class Callers {
  readonly #lookup: ProcessLookup
  readonly #repositoryOf: (directory: string) => Promise<RepositoryFacts | null>
  readonly #found = new WeakMap<Caller, FoundProcess>()
  readonly #relayed = new WeakMap<Peer, Peer>()

  constructor(lookup: ProcessLookup, repositoryOf: (directory: string) => Promise<RepositoryFacts | null>) {
    this.#lookup = lookup
    this.#repositoryOf = repositoryOf
  }

  /** Never rejects: nobody is an answer. */
  async of(peer: Peer): Promise<Caller> {
    return this.#describe(await this.#lookup.processOf(this.#relayed.get(peer) ?? peer).catch(() => null))
  }

  /** A connection is somebody else's than whose it seems: a stand-in has handed it on. */
  relayed(connection: Peer, client: Peer): void {
    this.#relayed.set(connection, client)
  }

  /** The same caller as it is now. */
  async now(caller: Caller): Promise<Caller> {
    const found = this.#found.get(caller)
    if (!found) return caller
    const again = await this.#lookup.recheck(found).catch(() => null)
    // Asked anew even where the process stayed: its branch may have been switched, and the answer is kept by file states.
    return this.#describe(again)
  }

  async #describe(found: FoundProcess | null): Promise<Caller> {
    if (!found) return NOBODY
    const repository = found.facts.cwd === null ? null : await this.#repositoryOf(found.facts.cwd).catch(() => null)
    const caller: Caller = { process: found.facts, repository, variables: found.variables }
    this.#found.set(caller, found)
    return caller
  }
}
