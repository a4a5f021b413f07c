import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { FailureMode } from '../../../../shared/rules/policy.ts'
import { noteGap } from '../../../platform/home/gap-file.ts'
import { type StandIn, type StandInOptions, openStandIn } from './unmetered-stand-in.ts'
import { gatewayElsewhere, isGatewayOf } from './hand-on.ts'

/** A gateway that restarts is back sooner than this; several runs do not all try in the same moment. */
const SETTLE_MS = 200
const SETTLE_SPREAD_MS = 200
/** After the port was given back, its new owner is left alone to take it. */
const AFTER_HANDOVER_MS = 3_000
/** So long a gateway whose process lives is waited for; then its number may be another program's, after a crash. */
const OWNER_GRACE_MS = 10_000
/** A connection that is closed at once is not asked for again at once. */
const PAUSE_MS = 250

const REASON = 'no gateway was running: traffic passed unmetered'

export interface WatchOptions extends StandInOptions {
  home: string
  /** `closed`: while no gateway runs, nothing passes. Asked when it is down. */
  failureMode(): FailureMode
}

export interface Watch {
  /** Ends the watch, and the stand-in if it is ours. @returns how long traffic passed unmetered by our stand-in, in milliseconds */
  stop(): number
}

/**
 * Watches a gateway for as long as a run lasts, by a connection on which nothing is said: when it breaks and nobody
 * takes another, the first run to bind the port becomes its stand-in, and gives it back to the next gateway.
 */
export function watchGateway(options: WatchOptions): Watch {
  let stopped = false
  let wake = () => {}
  let standIn: StandIn | null = null
  let held: Socket | null = null
  let unmeteredMs = 0

  const pause = (delayMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** @returns how the port answered: `held` once a connection that was taken has ended again */
  function hold(): Promise<'held' | 'refused'> {
    return new Promise((resolve) => {
      // Only a refusal says that nobody listens; whatever else goes wrong, a machine under load may be the cause.
      let isRefused = false
      const socket = connect({ host: options.host, port: options.port })
      held = socket
      socket.unref()
      socket.on('error', (error: NodeJS.ErrnoException) => (isRefused = error.code === 'ECONNREFUSED'))
      // Nothing is read but the end.
      socket.resume()
      socket.once('close', () => resolve(isRefused ? 'refused' : 'held'))
    })
  }

  async function standInUntilHandover(): Promise<void> {
    const { home, host, port } = options
    const onGap = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) => {
      unmeteredMs += untilMs - fromMs
      noteGap(home, { fromMs, untilMs, reason: REASON })
    }
    standIn = await openStandIn({ ...options, onGap, elsewhere: () => gatewayElsewhere(home, { host, port }) })
    if (standIn === null) return
    if (stopped) return standIn.close()
    await standIn.closed
    standIn = null
    if (!stopped) await pause(AFTER_HANDOVER_MS)
  }

  async function watch(): Promise<void> {
    let refusedAtMs: number | null = null
    while (!stopped) {
      if ((await hold()) === 'held') {
        refusedAtMs = null
        await pause(PAUSE_MS)
        continue
      }
      refusedAtMs ??= Date.now()
      await pause(SETTLE_MS + Math.random() * SETTLE_SPREAD_MS)
      if (stopped) return
      // Its process lives, so it is on its way down or up: traffic that passed now would be in nobody's books.
      if (isGatewayOf(options.home, options) && Date.now() - refusedAtMs < OWNER_GRACE_MS) {
        await pause(PAUSE_MS)
        continue
      }
      // A home that is gone was uninstalled.
      if (!existsSync(options.home) || options.failureMode() === 'closed') {
        if (!stopped) await pause(AFTER_HANDOVER_MS)
        continue
      }
      await standInUntilHandover()
      refusedAtMs = null
    }
  }
  void watch()

  return {
    stop() {
      stopped = true
      held?.destroy()
      standIn?.close()
      wake()
      return unmeteredMs
    },
  }
}
