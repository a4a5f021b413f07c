import type { FeedItem, Notice, Status } from '../../../shared/contract/contract.ts'

/** What a person may say to a call that waits. */
export type AskAnswer = 'once' | '30m' | 'stop'

/** The part of the control API's client that the shell uses. */
export interface GatewayClient {
  status: () => Promise<Status>
  /** From now on; returns the function that ends it. `onLost`: it is over and does not come back by itself. */
  feed: (observer: { onItem: (item: FeedItem) => void; onLost: () => void }) => () => void
  /** All traffic of this gateway. */
  setPaused: (isPaused: boolean) => Promise<void>
  /** On: running streams are ended, and every call is refused. */
  setKilled: (isKilled: boolean) => Promise<void>
  answer: (callId: string, answer: AskAnswer) => Promise<void>
}

export interface GatewayWatchOptions {
  client: GatewayClient
  onStatus: (status: Status) => void
  onNotice: (notice: Notice) => void
  onLost: () => void
  pollMs?: number
  restMs?: number
}

/** Windows end and burn rates fall without any event: look again this often. */
const POLL_MS = 30_000
/** A burst of calls is one change of the tray. */
const REST_MS = 500

/** Follows one gateway until it is lost or `close` is called: the status after each change, and every new notice. */
export class GatewayWatch {
  readonly #options: GatewayWatchOptions
  readonly #endFeed: () => void
  readonly #poll: ReturnType<typeof setInterval>
  #restTimer: ReturnType<typeof setTimeout> | null = null
  #isAsking = false
  #isStale = false
  #isClosed = false

  constructor(options: GatewayWatchOptions) {
    this.#options = options
    this.#poll = setInterval(() => this.#refreshSoon(0), options.pollMs ?? POLL_MS)
    this.#endFeed = options.client.feed({ onItem: (item) => this.#take(item), onLost: () => this.#lose() })
    this.#refreshSoon(0)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#poll)
    if (this.#restTimer !== null) clearTimeout(this.#restTimer)
    this.#endFeed()
  }

  #take(item: FeedItem): void {
    if (this.#isClosed) return
    if (item.type === 'notice') this.#options.onNotice(item.notice)
    this.#refreshSoon(this.#options.restMs ?? REST_MS)
  }

  #lose(): void {
    if (this.#isClosed) return
    this.close()
    this.#options.onLost()
  }

  #refreshSoon(delayMs: number): void {
    if (this.#isAsking) this.#isStale = true
    else if (this.#restTimer === null)
      this.#restTimer = setTimeout(() => {
        this.#restTimer = null
        void this.#refresh()
      }, delayMs)
  }

  async #refresh(): Promise<void> {
    this.#isAsking = true
    this.#isStale = false
    try {
      const status = await this.#options.client.status()
      if (!this.#isClosed) this.#options.onStatus(status)
    } catch {
      this.#lose()
    } finally {
      this.#isAsking = false
      if (this.#isStale && !this.#isClosed) this.#refreshSoon(this.#options.restMs ?? REST_MS)
    }
  }
}
