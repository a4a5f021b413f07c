import type { PolicyStatus } from '../../shared/contract/contract.ts'
import { messageOf } from '../../shared/contract/errors.ts'
import type { GatewayEvent } from '../../shared/calls/events.ts'
import type { FailureMode, Policy } from '../../shared/rules/policy.ts'
import type { Clock } from '../platform/system/clock.ts'
import type { Logger } from '../platform/system/logger.ts'
import { type AcceptedPolicy, acceptPolicy } from './accept-policy.ts'
import { readLastKnownGood, writeLastKnownGood } from './last-known-good.ts'
import { isUrl, readPolicy } from './read-policy.ts'
import type { PolicyKey } from './signature.ts'
import { watchFile } from './watch-file.ts'

export interface PolicySourceOptions {
  /** An http(s) URL, in which `{developer}` stands for who one is, or the absolute path of a file; null for no policy. */
  url: string | null
  developer: string
  audience: string | null
  keys: readonly PolicyKey[]
  refreshMs: number
  /** What holds while none was ever fetched. */
  onFirstFetch: FailureMode
  /** How long an answer may take; ten seconds when left out. */
  fetchTimeoutMs?: number
  /** Where the last accepted policy is kept. */
  lastKnownGoodFile: string
  /** The proxy on the way to a URL; null for none. Never ourselves. */
  proxyFor(url: string): string | null
  /** Certificates to trust beside the runtime's own, as PEM. */
  ca: string | null
  clock: Clock
  logger: Logger
}

/** What holds now. `gate` is closed when calls have to be refused with `policy-unavailable`. */
export interface PolicyNow {
  policy: Policy | null
  status: PolicyStatus
  gate: 'ok' | 'closed'
}

/** `event` is for the ledger; null when only the status moved (reachable again, expired). `rules`: other rules hold now. */
export interface PolicyChange {
  rules: boolean
  event: GatewayEvent | null
}

export type RefreshOutcome = 'changed' | 'unchanged' | 'rejected' | 'unreachable' | 'none'

/**
 * The policy from a URL or a file: looked at again and again, checked before it holds, kept for when its source cannot
 * be reached. Whatever the source says, the policy in force stays in force until a better one was accepted.
 */
export class PolicySource {
  readonly #options: PolicySourceOptions
  readonly #source: string | null
  readonly #listeners = new Set<(change: PolicyChange) => void>()
  readonly #closing = new AbortController()
  #inForce: AcceptedPolicy | null = null
  #fetchedAtMs: number | null = null
  /** Whether the source itself, in this run, has confirmed what is in force. */
  #confirmed = false
  #etag: string | null = null
  #lastError: PolicyStatus['lastError'] = null
  /** What is wrong with the text that the source shows now: a 304 says that it still shows it. */
  #rejection: PolicyStatus['lastError'] = null
  #keptAtMs = Number.NEGATIVE_INFINITY
  #running: Promise<RefreshOutcome> | null = null
  #timer: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #unwatch: (() => void) | null = null

  private constructor(options: PolicySourceOptions) {
    this.#options = options
    this.#source = options.url?.replaceAll('{developer}', encodeURIComponent(options.developer)) ?? null
  }

  /** Takes the last known good policy, if there is one. Asks nobody yet. */
  static async open(options: PolicySourceOptions): Promise<PolicySource> {
    const source = new PolicySource(options)
    await source.#takeLastKnownGood()
    return source
  }

  /** Asks the source, and goes on asking. Waits for the first answer only when nothing is known without it. */
  async start(): Promise<void> {
    if (this.#source === null) return
    if (!isUrl(this.#source)) this.#unwatch = watchFile(this.#source, () => void this.#again())
    const first = this.refresh()
    if (this.#inForce === null || !isUrl(this.#source)) await first
    this.#schedule()
  }

  current(): PolicyNow {
    const { policy } = this.#inForce ?? { policy: null }
    const expired = policy?.expiresAt !== undefined && Date.parse(policy.expiresAt) <= this.#options.clock()
    return { policy, status: this.#status(policy, expired), gate: this.#gate(policy, expired) }
  }

  /** Looks at the source now; joins a look that is under way. Never throws. */
  refresh(): Promise<RefreshOutcome> {
    this.#running ??= this.#look().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  onChange(listener: (change: PolicyChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
    clearTimeout(this.#expiry)
    this.#unwatch?.()
    this.#listeners.clear()
  }

  async #look(): Promise<RefreshOutcome> {
    const source = this.#source
    if (source === null || this.#closing.signal.aborted) return 'none'
    const { proxyFor, ca, fetchTimeoutMs } = this.#options
    const read = await readPolicy(source, {
      etag: this.#etag,
      proxyFor,
      ca,
      signal: this.#closing.signal,
      timeoutMs: fetchTimeoutMs,
    })
    if (this.#closing.signal.aborted) return 'none'
    switch (read.kind) {
      case 'unreachable':
        this.#confirmed = false
        this.#fail('policy-unavailable', read.message, null)
        return 'unreachable'
      case 'unchanged':
        if (this.#etag === null) {
          this.#confirmed = false
          this.#fail(
            'policy-unavailable',
            'the policy cannot be read: its server says "unchanged", and none is known here',
            null,
          )
          return 'unreachable'
        }
        if (this.#rejection === null) return this.#unchanged()
        this.#lastError = this.#rejection
        return 'rejected'
      case 'text':
        this.#etag = read.etag
        return await this.#consider(read.text)
    }
  }

  async #consider(text: string): Promise<RefreshOutcome> {
    const { keys, audience, logger } = this.#options
    const before = this.#inForce
    const result = await acceptPolicy(text, {
      keys,
      audience,
      inForce: before,
      isLocal: !isUrl(this.#source ?? ''),
    })
    if (!result.ok) {
      const { code, message } = result
      const known = this.#rejection?.message === message
      this.#fail(code, message, known ? null : { type: 'policy.rejected', source: this.#shown(), code, message })
      this.#rejection = this.#lastError
      return 'rejected'
    }
    this.#rejection = null
    const { accepted } = result
    if (before?.digest === accepted.digest) return this.#unchanged()
    this.#inForce = accepted
    this.#keptAtMs = Number.NEGATIVE_INFINITY
    this.#confirm()
    const { version, rules } = accepted.policy
    logger.info('policy in force', { source: this.#shown(), version, rules: rules.length })
    this.#watchExpiry()
    this.#tell({ rules: true, event: { type: 'policy.changed', source: this.#shown(), version, rules: rules.length } })
    return 'changed'
  }

  #unchanged(): RefreshOutcome {
    const moved = !this.#confirmed || this.#lastError !== null
    this.#confirm()
    if (moved) this.#tell({ rules: false, event: null })
    return 'unchanged'
  }

  #confirm(): void {
    const nowMs = this.#options.clock()
    this.#confirmed = true
    this.#lastError = null
    this.#fetchedAtMs = nowMs
    if (this.#inForce === null || nowMs - this.#keptAtMs < KEEP_AGAIN_MS) return
    try {
      const { text } = this.#inForce
      writeLastKnownGood(this.#options.lastKnownGoodFile, { source: this.#source ?? '', fetchedAtMs: nowMs, text })
      this.#keptAtMs = nowMs
    } catch (error) {
      this.#options.logger.warn('the policy could not be kept for later', { reason: messageOf(error) })
    }
  }

  #fail(code: string, message: string, event: GatewayEvent | null): void {
    const repeated = this.#lastError?.code === code && this.#lastError.message === message
    this.#lastError = { code, message, at: new Date(this.#options.clock()).toISOString() }
    if (repeated) return
    this.#options.logger.warn(message, { code, source: this.#shown() })
    this.#tell({ rules: false, event })
  }

  async #takeLastKnownGood(): Promise<void> {
    if (this.#source === null) return
    const { keys, audience, lastKnownGoodFile } = this.#options
    const kept = readLastKnownGood(lastKnownGoodFile)
    if (kept?.source !== this.#source) return
    const result = kept && (await acceptPolicy(kept.text, { keys, audience, inForce: null, isLocal: false }))
    if (!result?.ok) return
    this.#inForce = result.accepted
    this.#fetchedAtMs = kept?.fetchedAtMs ?? null
    this.#watchExpiry()
  }

  #status(policy: Policy | null, expired: boolean): PolicyStatus {
    return {
      source: this.#source === null ? null : this.#shown(),
      version: policy?.version ?? null,
      state: policy === null ? 'none' : expired ? 'expired' : this.#confirmed ? 'in-force' : 'last-known-good',
      fetchedAt: this.#fetchedAtMs === null ? null : new Date(this.#fetchedAtMs).toISOString(),
      expiresAt: policy?.expiresAt === undefined ? null : new Date(policy.expiresAt).toISOString(),
      lastError: this.#lastError,
    }
  }

  #gate(policy: Policy | null, expired: boolean): 'ok' | 'closed' {
    if (this.#source === null) return 'ok'
    const mode = policy === null ? this.#options.onFirstFetch : expired ? policy.onUnavailable.policy : 'open'
    return mode === 'closed' ? 'closed' : 'ok'
  }

  /** A look that began before the file changed may have missed the change: look again after it. */
  async #again(): Promise<void> {
    await this.#running
    await this.refresh()
  }

  /** A tenth of jitter: the machines of a company that were switched on together do not ask together. */
  #schedule(): void {
    if (this.#closing.signal.aborted) return
    const delayMs = this.#options.refreshMs * (0.9 + 0.2 * Math.random())
    this.#timer = setTimeout(() => void this.refresh().then(() => this.#schedule()), delayMs)
    this.#timer.unref()
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry)
    const expiresAt = this.#inForce?.policy.expiresAt
    if (expiresAt === undefined) return
    const leftMs = Date.parse(expiresAt) - this.#options.clock()
    if (leftMs <= 0 || leftMs > MAX_TIMER_MS) return
    this.#expiry = setTimeout(() => this.#tell({ rules: false, event: null }), leftMs)
    this.#expiry.unref()
  }

  /** Without what can be a secret in it: user, password, query. */
  #shown(): string {
    const source = this.#source ?? ''
    return isUrl(source) ? source.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/, '?…') : source
  }

  #tell(change: PolicyChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** How often the same policy is kept again, for the time at which it was last confirmed. */
const KEEP_AGAIN_MS = 3_600_000

/** The longest that a timer can wait; what expires later is looked at with the next refresh. */
const MAX_TIMER_MS = 2 ** 31 - 1
