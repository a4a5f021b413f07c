import { messageOf } from '../../../shared/contract/errors.ts'
import type { HookStatus } from '../../../shared/contract/hook-status.ts'
import type { Hook } from '../../../shared/rules/hooks.ts'
import { hookFactsOf, type HookPayload, hookPayload } from '../../core/ledger/outward/hook-facts.ts'
import type { Appended, Ledger } from '../../ledger/store/ledger.ts'
import type { Logger } from '../../platform/system/logger.ts'
import { deliver, type DeliveryMeans, nameOfHook } from './deliver.ts'

export interface HooksOptions extends DeliveryMeans {
  ledger: Ledger
  developer: string
  /** The guard of a rule in force; null for none. */
  guardOf(rule: string): string | null
  logger: Logger
  /** Waits before another try of a receiver that failed; 1 s, then 10 s. */
  retryDelaysMs?: readonly number[]
}

/** Events that wait for a slow receiver; beyond them the oldest is dropped and counted. */
const MAX_WAITING = 100
/** Facts that were told, and keys that were seen, are remembered up to here. */
const MAX_REMEMBERED = 5_000
const DAY_MS = 86_400_000
const RETRY_DELAYS_MS = [1_000, 10_000]

interface Receiver {
  hook: Hook
  waiting: HookPayload[]
  isBusy: boolean
  sentAtMs: number[]
  error: string | null
  failingSinceMs: number | null
  dropped: number
}

/**
 * Tells commands and webhooks what happens. Nothing waits for them: an event is put into a bounded queue a receiver and
 * delivered one by one, beside the calls. A receiver that is dead is said in the status.
 */
export class Hooks {
  readonly #options: HooksOptions
  readonly #told = new Map<string, number>()
  readonly #seenKeys = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #unsubscribe: () => void
  #receivers: Receiver[] = []
  #isClosed = false

  constructor(options: HooksOptions) {
    this.#options = options
    this.#unsubscribe = options.ledger.subscribe((appended) => this.#onAppended(appended))
  }

  /** Other hooks from now on; those that stay keep their queues. */
  use(hooks: readonly Hook[]): void {
    const known = new Map(this.#receivers.map((receiver) => [JSON.stringify(receiver.hook), receiver]))
    this.#receivers = hooks.map((hook) => known.get(JSON.stringify(hook)) ?? newReceiver(hook))
  }

  /** Those that fail, or had to drop something. */
  status(): HookStatus[] {
    return this.#receivers
      .filter(({ error, dropped }) => error !== null || dropped > 0)
      .map(({ hook, error, failingSinceMs, dropped, waiting }) => ({
        name: nameOfHook(hook),
        on: hook.on,
        error,
        failingSince: failingSinceMs === null ? null : new Date(failingSinceMs).toISOString(),
        waiting: waiting.length,
        dropped,
      }))
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #onAppended({ seq, atMs, event, record }: Appended): void {
    if (this.#receivers.length === 0) return
    const memory = {
      isNewKey: (fingerprint: string) => this.#isNewKey(fingerprint, atMs),
      guardOf: this.#options.guardOf,
    }
    for (const facts of hookFactsOf({ seq, atMs, event }, memory)) {
      const wanting = this.#receivers.filter(({ hook }) => hook.on.includes(facts.event))
      if (wanting.length === 0 || this.#wasTold(`${facts.event}\n${facts.key}`, atMs)) continue
      const payload = hookPayload(facts, { seq, atMs }, record, this.#options.developer)
      for (const receiver of wanting) this.#enqueue(receiver, payload, atMs)
    }
  }

  #enqueue(receiver: Receiver, payload: HookPayload, atMs: number): void {
    receiver.sentAtMs = receiver.sentAtMs.filter((sentAtMs) => sentAtMs > atMs - 60_000)
    if (receiver.sentAtMs.length >= receiver.hook.perMinute) {
      receiver.dropped += 1
      return
    }
    receiver.sentAtMs.push(atMs)
    receiver.waiting.push(payload)
    if (receiver.waiting.length > MAX_WAITING) {
      receiver.waiting.shift()
      receiver.dropped += 1
    }
    // Never in the turn of the event loop in which a call was admitted.
    if (!receiver.isBusy) {
      receiver.isBusy = true
      setImmediate(() => void this.#work(receiver))
    }
  }

  async #work(receiver: Receiver): Promise<void> {
    const delays = this.#options.retryDelaysMs ?? RETRY_DELAYS_MS
    for (let payload = receiver.waiting.shift(); payload && !this.#isClosed; payload = receiver.waiting.shift()) {
      for (const delayMs of [0, ...delays]) {
        if (delayMs > 0) await this.#pause(delayMs)
        if (this.#isClosed || (await this.#isTaken(receiver, payload))) break
      }
      if (receiver.error !== null) receiver.dropped += 1
    }
    receiver.isBusy = false
  }

  async #isTaken(receiver: Receiver, payload: HookPayload): Promise<boolean> {
    const { clock, logger } = this.#options
    const name = nameOfHook(receiver.hook)
    try {
      await deliver(receiver.hook, payload, this.#options)
      if (receiver.error !== null) logger.info('a hook works again', { hook: name })
      receiver.error = null
      receiver.failingSinceMs = null
      return true
    } catch (error) {
      const message = messageOf(error)
      if (receiver.error === null) logger.warn('a hook failed', { hook: name, error: message })
      receiver.failingSinceMs ??= clock()
      receiver.error = message
      return false
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, delayMs)
      timer.unref()
      this.#timers.add(timer)
    })
  }

  #wasTold(key: string, atMs: number): boolean {
    const before = this.#told.get(key)
    if (before !== undefined && before > atMs - DAY_MS) return true
    if (this.#told.size >= MAX_REMEMBERED) for (const oldest of this.#told.keys()) if (this.#told.delete(oldest)) break
    this.#told.set(key, atMs)
    return false
  }

  /** The ledger remembers what it has seen first, over restarts too. */
  #isNewKey(fingerprint: string, atMs: number): boolean {
    if (this.#seenKeys.has(fingerprint)) return false
    if (this.#seenKeys.size >= MAX_REMEMBERED) this.#seenKeys.clear()
    this.#seenKeys.add(fingerprint)
    try {
      return this.#options.ledger.store.firstSightOf(`key:${fingerprint}`, '', atMs)
    } catch {
      return false
    }
  }
}

function newReceiver(hook: Hook): Receiver {
  return { hook, waiting: [], isBusy: false, sentAtMs: [], error: null, failingSinceMs: null, dropped: 0 }
}
