import { commandLine } from '../../../shared/values/command-line.ts'
import { STOP_REQUEST, parseReport } from './gateway-messages.ts'
import type { GatewayAddress, GatewayProblem, GatewayState } from './gateway-state.ts'

/** Our own gateway process, however it was started. */
export interface GatewayChild {
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (exitCode: number) => void): void
  send(message: typeof STOP_REQUEST): void
  kill(): void
}

export interface GatewayHostOptions {
  /** The gateway of this home that already runs, or null. */
  findRunning: () => Promise<GatewayAddress | null>
  startChild: () => GatewayChild
  onState: (state: GatewayState) => void
  /** How long to wait before try number `failures` + 1. */
  backoffMs?: (failures: number) => number
  startLimitMs?: number
  stopLimitMs?: number
}

/** A gateway that ran this long was healthy: what ends it now is a new story, and the backoff starts over. */
const STABLE_AFTER_MS = 60_000
/** A ledger that has to be migrated and recovered may take its time; nothing at all for this long is a hang. */
const START_LIMIT_MS = 30_000
/** The gateway settles running calls within 10 s; the rest is for the process to end. */
const STOP_LIMIT_MS = 12_000

/** 0.25 s, 0.5 s, 1 s … 30 s: a crash is over before anybody looks, and a broken machine is not kept busy. */
function defaultBackoffMs(failures: number): number {
  return Math.min(30_000, 250 * 2 ** (failures - 1))
}

/**
 * Sees to it that there is a gateway: attaches to the one of this home that already runs, else starts one, and starts
 * it again when it dies. Never throws: what goes wrong is a state, told through `onState`.
 */
export class GatewayHost {
  #state: GatewayState = { kind: 'starting', after: null }
  #child: GatewayChild | null = null
  #failures = 0
  #readyAtMs = 0
  #retryTimer: ReturnType<typeof setTimeout> | null = null
  #isBusy = false
  readonly #options: GatewayHostOptions

  constructor(options: GatewayHostOptions) {
    this.#options = options
  }

  get state(): GatewayState {
    return this.#state
  }

  start(): Promise<void> {
    return this.#bringUp()
  }

  /** Tries again at once instead of when the backoff says. */
  async retry(): Promise<void> {
    if (this.#state.kind === 'down') await this.#bringUp()
  }

  /** Ends our own gateway and starts it anew, with the settings as they now are. False where it is another's. */
  async restart(): Promise<boolean> {
    if (this.#state.kind !== 'running' || !this.#state.own) return false
    await this.stop()
    this.#setState({ kind: 'starting', after: null })
    await this.#bringUp()
    return true
  }

  /** Called when the gateway stopped answering. One of our own tells by its exit; another's is looked for again. */
  async recheck(): Promise<void> {
    if (this.#state.kind !== 'running' || this.#state.own) return
    const { address } = this.#state
    const found = await this.#options.findRunning()
    if (this.#state.kind !== 'running' || this.#state.address !== address) return
    if (found?.control === address.control && found.token === address.token) return
    await this.#bringUp(found)
  }

  /** Ends the gateway if it is ours; another's is left alone. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#clearRetry()
    this.#setState({ kind: 'stopped' })
    const child = this.#child
    if (child === null) return
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill(), this.#options.stopLimitMs ?? STOP_LIMIT_MS)
      child.onExit(() => {
        clearTimeout(force)
        resolve()
      })
      child.send(STOP_REQUEST)
    })
  }

  async #bringUp(known: GatewayAddress | null = null): Promise<void> {
    if (this.#isBusy || this.#state.kind === 'stopped' || this.#child !== null) return
    this.#isBusy = true
    try {
      this.#clearRetry()
      this.#setState({ kind: 'starting', after: this.#state.kind === 'down' ? this.#state.problem : null })
      const running = known ?? (await this.#options.findRunning())
      if (this.#isStopped()) return
      if (running === null) this.#startOwn()
      else this.#setRunning(running, false)
    } catch (error) {
      this.#fail({ code: 'internal', message: `The gateway could not be started: ${String(error)}`, fix: null })
    } finally {
      this.#isBusy = false
    }
  }

  #startOwn(): void {
    const child = this.#options.startChild()
    this.#child = child
    let problem: GatewayProblem | null = null
    const limit = setTimeout(() => {
      problem = { code: 'gateway-silent', message: 'The gateway did not start in time.', fix: commandLine('doctor') }
      child.kill()
    }, this.#options.startLimitMs ?? START_LIMIT_MS)
    child.onMessage((message) => {
      const report = parseReport(message)
      if (report === null || this.#child !== child || this.#isStopped()) return
      clearTimeout(limit)
      if (report.type === 'ready') this.#setRunning(report, true)
      else {
        problem = { code: report.code, message: report.message, fix: report.fix }
        child.kill()
      }
    })
    child.onExit((exitCode) => {
      clearTimeout(limit)
      if (this.#child === child) this.#child = null
      if (!this.#isStopped()) this.#fail(problem ?? endedProblem(exitCode))
    })
  }

  #setRunning({ proxy, control, token, pid }: GatewayAddress, own: boolean): void {
    this.#readyAtMs = Date.now()
    this.#setState({ kind: 'running', address: { proxy, control, token, pid }, own })
  }

  #fail(problem: GatewayProblem): void {
    const wasStable = this.#state.kind === 'running' && Date.now() - this.#readyAtMs > STABLE_AFTER_MS
    this.#failures = wasStable ? 1 : this.#failures + 1
    const delayMs = (this.#options.backoffMs ?? defaultBackoffMs)(this.#failures)
    this.#setState({ kind: 'down', problem, retryAtMs: Date.now() + delayMs })
    this.#retryTimer = setTimeout(() => void this.#bringUp(), delayMs)
  }

  #clearRetry(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer)
    this.#retryTimer = null
  }

  #isStopped(): boolean {
    return this.#state.kind === 'stopped'
  }

  #setState(state: GatewayState): void {
    this.#state = state
    this.#options.onState(state)
  }
}

function endedProblem(exitCode: number): GatewayProblem {
  return {
    code: 'gateway-ended',
    message: `The gateway stopped unexpectedly (exit code ${exitCode}).`,
    fix: commandLine('doctor'),
  }
}
