import { callUsAs } from '../../shared/values/command-line.ts'
import type { FeedItem } from '../../shared/contract/contract.ts'
import { type Api, ApiError } from './api/api.ts'
import { retryDelayMs } from './api/backoff.ts'
import {
  applyFeed,
  EMPTY_SNAPSHOT,
  highestSeq,
  MAX_CALLS,
  mergeCalls,
  mergeNotices,
  type Snapshot,
} from './snapshot.ts'

/** Feed items are shown together, once a frame; where no frame is drawn, as in a hidden tab, this often. */
const FLUSH_MS = 80
/** A burst longer than this is applied at once, so that what is queued stays bounded in a hidden tab. */
const MAX_QUEUED = 1_000
/** The gateway's sums are asked for at most this often while calls come in … */
const STATUS_MS = 300
/** … and this often when nothing happens: the burn rate falls and windows reset with time alone. */
const IDLE_STATUS_MS = 10_000
/** Reports and charts follow at most this often. */
const REPORT_MS = 1_000

export interface Store {
  api: Api
  get: () => Snapshot
  subscribe: (listener: () => void) => () => void
  start: () => void
  stop: () => void
  /** Asks for the status again, because the developer just changed something. */
  refresh: () => void
  retryNow: () => void
}

export interface StoreOptions {
  nowMs?: () => number
  /** In the desktop a new token is one question away, so a denial is retried like any other loss. */
  retryDenied?: boolean
}

/** Holds one snapshot of the gateway and keeps it true: first answers, then the feed, then the feed again after a loss. */
export function createStore(api: Api, { nowMs = Date.now, retryDenied = false }: StoreOptions = {}): Store {
  let snapshot = EMPTY_SNAPSHOT
  let queue: FeedItem[] = []
  let running = false
  let attempt = 0
  let gatewayPid: number | null = null
  let endFeed: (() => void) | null = null
  const listeners = new Set<() => void>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function set(next: Snapshot): void {
    if (next === snapshot) return
    snapshot = next
    for (const listener of listeners) listener()
  }

  /** One pending timer a name: asking again before it fires changes nothing. */
  function later(name: string, delayMs: number, action: () => void): void {
    if (!running || timers.has(name)) return
    timers.set(
      name,
      setTimeout(() => {
        timers.delete(name)
        action()
      }, delayMs),
    )
  }

  function cancel(name: string): void {
    clearTimeout(timers.get(name))
    timers.delete(name)
  }

  function flush(): void {
    if (!timers.has('flush') && queue.length === 0) return
    cancel('flush')
    const items = queue
    queue = []
    set(applyFeed(snapshot, items))
  }

  function receive(item: FeedItem): void {
    queue.push(item)
    if (queue.length >= MAX_QUEUED) flush()
    else {
      if (!timers.has('flush')) onNextFrame(flush)
      later('flush', FLUSH_MS, flush)
    }
    later('status', STATUS_MS, () => void refreshStatus())
    if (item.type !== 'notice') later('report', REPORT_MS, bumpReports)
  }

  function bumpReports(): void {
    set({ ...snapshot, reportVersion: snapshot.reportVersion + 1 })
  }

  async function refreshStatus(): Promise<void> {
    cancel('idle')
    try {
      const status = await api.status()
      callUsAs(status.gateway.command)
      if (running) set({ ...snapshot, status })
    } catch {
      // The feed notices a lost gateway too, and it is the one that says so and retries.
    }
    if (snapshot.link.phase !== 'live') return
    later('idle', IDLE_STATUS_MS, () => {
      bumpReports()
      void refreshStatus()
    })
  }

  async function connect(): Promise<void> {
    try {
      const status = await api.status()
      callUsAs(status.gateway.command)
      // The same gateway kept its ledger: resume after the last seq. Another one may have begun again.
      const resume = status.gateway.pid === gatewayPid
      const [calls, notices] = resume ? [[], []] : await Promise.all([api.calls({ limit: MAX_CALLS }), api.notices()])
      if (!running) return
      gatewayPid = status.gateway.pid
      const base = resume ? snapshot : { ...EMPTY_SNAPSHOT, seq: highestSeq(calls, notices) }
      set({
        ...base,
        link: { phase: 'live' },
        status,
        calls: mergeCalls(base.calls, calls),
        notices: mergeNotices(base.notices, notices),
        reportVersion: snapshot.reportVersion + 1,
        policyVersion: snapshot.policyVersion + 1,
      })
      endFeed = api.feed(snapshot.seq, { onOpen: () => void (attempt = 0), onItem: receive, onLost: lose })
      later('idle', IDLE_STATUS_MS, () => void refreshStatus())
    } catch (error) {
      lose(error)
    }
  }

  function lose(error: unknown): void {
    endFeed?.()
    endFeed = null
    if (!running) return
    flush()
    for (const name of ['idle', 'status', 'report']) cancel(name)
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof ApiError && error.code === 'denied' && !retryDenied) {
      set({ ...snapshot, link: { phase: 'denied', reason } })
      return
    }
    const delayMs = retryDelayMs(attempt++)
    const sinceMs = snapshot.link.phase === 'lost' ? snapshot.link.sinceMs : nowMs()
    set({ ...snapshot, link: { phase: 'lost', sinceMs, retryAtMs: nowMs() + delayMs, reason } })
    later('retry', delayMs, retry)
  }

  function retry(): void {
    cancel('retry')
    api.renew()
    void connect()
  }

  return {
    api,
    get: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: () => {
      if (running) return
      running = true
      void connect()
    },
    stop: () => {
      running = false
      endFeed?.()
      endFeed = null
      for (const name of [...timers.keys()]) cancel(name)
    },
    refresh: () => void refreshStatus(),
    retryNow: () => {
      if (timers.has('retry')) retry()
    },
  }
}

/** Absent outside of a browser. */
function onNextFrame(action: () => void): void {
  if (typeof requestAnimationFrame === 'function') requestAnimationFrame(action)
}
