import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Policy } from '../../shared/rules/policy.ts'
import { writePrivateFile } from '../platform/home/write-private-file.ts'

export type PolicyHost = Policy['hosts'][number]

export interface TrustedHostsOptions {
  /** Where the developer's consent is remembered. */
  file: string
  /** Whether somebody else writes the policy: what stands in one's own file needs no consent. */
  isRemote: boolean
  /** Hosts that are decrypted without any policy: to name one of them again asks for nothing new. */
  isKnown(host: string): boolean
  /** The hosts of the policy in force. */
  named(): readonly PolicyHost[]
}

/** Limits the file: more than any company has gateways of its own. */
const MAX_TRUSTED = 1_000
const fileSchema = z.object({ schema: z.literal(1), hosts: z.array(z.string()).max(MAX_TRUSTED) })

/**
 * Which of a policy's hosts may be decrypted. The author of a remote policy could otherwise have any traffic of a
 * developer's read; so each new host waits until the developer has agreed to it once, by its name as it stands there.
 */
export class TrustedHosts {
  readonly #options: TrustedHostsOptions
  readonly #agreed: Set<string>

  constructor(options: TrustedHostsOptions) {
    this.#options = options
    this.#agreed = new Set(readAgreed(options.file))
  }

  /** Those that are decrypted. */
  trusted(): readonly PolicyHost[] {
    return this.#options.named().filter((entry) => this.#isTrusted(entry))
  }

  /** Those that wait for consent; until then their traffic passes unread. */
  pending(): readonly PolicyHost[] {
    return this.#options.named().filter((entry) => !this.#isTrusted(entry))
  }

  /** Agrees to hosts that wait, for good. @returns those that did wait. Throws what the file system throws. */
  agree(hosts: readonly string[]): readonly PolicyHost[] {
    const wanted = new Set(hosts.map((host) => host.toLowerCase()))
    const added = this.pending().filter(({ host }) => wanted.has(host.toLowerCase()))
    if (added.length === 0) return []
    for (const { host } of added) this.#agreed.add(host.toLowerCase())
    const kept = [...this.#agreed].slice(-MAX_TRUSTED)
    writePrivateFile(this.#options.file, `${JSON.stringify({ schema: 1, hosts: kept }, null, 2)}\n`)
    return added
  }

  #isTrusted({ host }: PolicyHost): boolean {
    const { isRemote, isKnown } = this.#options
    return !isRemote || this.#agreed.has(host.toLowerCase()) || isKnown(host)
  }
}

/** A file that is damaged is no consent. */
function readAgreed(file: string): string[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).hosts
  } catch {
    return []
  }
}
