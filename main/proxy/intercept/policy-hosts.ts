import { commandLine } from '../../../shared/values/command-line.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import type { GatewayEvent } from '../../../shared/calls/events.ts'
import { hostMatches } from '../../core/providers/registry.ts'
import type { Clock } from '../../platform/system/clock.ts'
import type { Logger } from '../../platform/system/logger.ts'
import type { PolicyHost, TrustedHosts } from '../../policy-source/trusted-hosts.ts'
import type { BlindTunnel } from './tunnel/connect.ts'
import type { CertificateAuthority } from './authority/certificate-authority.ts'
import { authorityHosts } from './authority/model-hosts.ts'

export interface PolicyHostsOptions {
  hosts: TrustedHosts
  authority: Pick<CertificateAuthority, 'extend'>
  record(event: GatewayEvent): void
  clock: Clock
  logger: Logger
}

/** Unread traffic of a host that waits for consent is reported once in this time: one gap a call would bury all others. */
const TELL_AGAIN_MS = 3_600_000

/** Keeps interception in step with the hosts of the policy: certificates for those that are trusted, word of those that wait. */
export class PolicyHosts {
  readonly #options: PolicyHostsOptions
  /** By pattern; there are as many as the policy names. */
  readonly #toldAtMs = new Map<string, number>()
  #told = ''

  constructor(options: PolicyHostsOptions) {
    this.#options = options
  }

  pending(): readonly PolicyHost[] {
    return this.#options.hosts.pending()
  }

  /** After a change of policy, and at the start. Never throws: a host without a certificate passes unread, and is reported. */
  async follow(): Promise<void> {
    const { hosts, authority, record, logger } = this.#options
    const waiting = hosts.pending().map(({ host }) => host)
    if (waiting.length > 0 && waiting.join() !== this.#told) record({ type: 'hosts.pending', hosts: waiting })
    this.#told = waiting.join()
    const { hosts: names, tooWide } = authorityHosts(hosts.trusted().map(({ host }) => host))
    if (tooWide.length > 0) logger.warn('hosts in the policy are too broad to be decrypted', { hosts: tooWide })
    try {
      await authority.extend(names)
    } catch (error) {
      logger.error('no certificate authority for new hosts of the policy', { error: messageOf(error) })
    }
  }

  /** The developer agrees. @returns those that had waited */
  async trust(hosts: readonly string[]): Promise<readonly PolicyHost[]> {
    const added = this.#options.hosts.agree(hosts)
    if (added.length > 0) this.#options.record({ type: 'hosts.trusted', hosts: added.map(({ host }) => host) })
    await this.follow()
    return added
  }

  /** A tunnel that nobody looked into: where it led to a host that waits, its time is a gap in the books. */
  passed({ host, closed }: Pick<BlindTunnel, 'host' | 'closed'>): void {
    const { record, clock } = this.#options
    const waiting = this.pending().find((entry) => hostMatches(entry.host.toLowerCase(), host))
    const fromMs = clock()
    if (!waiting || fromMs - (this.#toldAtMs.get(waiting.host) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return
    this.#toldAtMs.set(waiting.host, fromMs)
    const reason = `${host} is new in the policy and you have not agreed to it: its calls pass unmetered until \`${commandLine()} policy trust-hosts ${waiting.host}\``
    void closed.then(() => record({ type: 'gap.recorded', fromMs, untilMs: clock(), reason }))
  }
}
