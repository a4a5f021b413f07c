import type { ProcessFacts } from '../../../shared/calls/attribution.ts'
import type { RepositoryFacts } from '../../core/attribution/attributors/attributor.ts'

/** Who is at the other end of a connection; the look-up begins when the connection is accepted. */
export interface Caller {
  process: ProcessFacts | null
  repository: RepositoryFacts | null
  /** Null where the system does not tell. */
  userId?: number | null
  /** The few well-known variables of the process that say where it runs (`CI`, `VITEST`…). */
  variables?: Readonly<Record<string, string>>
}

/** How a request came in, decided before the spine starts. */
export interface Ingress {
  /** `base-url`: `/<provider>/…` on our port. `connect`: out of a decrypted tunnel. `absolute`: absolute-form to an http origin. */
  mode: 'base-url' | 'connect' | 'absolute'
  /** The origin that the client believes to talk to (`https://api.openai.com`); null in base-url mode. */
  origin: string | null
  /** From the proxy user name; tags of the base URL are read by `route`. */
  tags: Readonly<Record<string, string>>
  /** Where this launch's traffic went before us: by provider, or `proxy` (`intercept/launch-upstreams`). Empty when absent. */
  upstreams?: Readonly<Record<string, string>>
  caller: Promise<Caller>
  /** The port of the stand-in that handed the connection on: its client knows us by that one. */
  standInPort?: number
  /** It came through a tunnel whose client has shown the proxy token: nothing more has to be shown inside. */
  authorized?: boolean
}
