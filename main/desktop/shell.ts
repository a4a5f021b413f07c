import type { Notice, Status } from '../../shared/contract/contract.ts'
import { messageOf } from '../../shared/contract/errors.ts'
import { type GatewayChild, GatewayHost } from './gateway/gateway-host.ts'
import type { GatewayAddress, GatewayState } from './gateway/gateway-state.ts'
import { type AskAnswer, type GatewayClient, GatewayWatch } from './gateway/gateway-watch.ts'
import type { NotificationAction, NotificationText } from './notifications/notifications.ts'
import { type ShellView, describeShell } from './tray/shell-view.ts'

export interface ShellOptions {
  findRunning: () => Promise<GatewayAddress | null>
  startChild: () => GatewayChild
  connect: (gateway: GatewayAddress) => GatewayClient
  /** Called with every change of what there is to see. */
  onChange: (shell: Shell) => void
  notify: (text: NotificationText) => void
  /** Says once for each notice whether it is to be shown. */
  admitsNotice: (notice: Notice) => boolean
  backoffMs?: (failures: number) => number
  graceMs?: number
}

interface Outage {
  message: string
  isTold: boolean
  timer: ReturnType<typeof setTimeout>
}

/** A gateway starts within a second or two: until then a crash is not worth an alarm. */
const GRACE_MS = 4_000

/** After a lost feed: long enough for a gateway that goes down to be gone, too short to be noticed. */
const RECONNECT_MS = 500

/** The desktop without its faces: which gateway there is, what it says, and what a person has to be told. */
export class Shell {
  readonly #options: ShellOptions
  readonly #host: GatewayHost
  #client: GatewayClient | null = null
  #watch: GatewayWatch | null = null
  #status: Status | null = null
  #outage: Outage | null = null
  #reconnect: ReturnType<typeof setTimeout> | null = null

  constructor(options: ShellOptions) {
    this.#options = options
    this.#host = new GatewayHost({ ...options, onState: (state) => this.#takeState(state) })
  }

  get gateway(): GatewayState {
    return this.#host.state
  }

  get address(): GatewayAddress | null {
    return this.gateway.kind === 'running' ? this.gateway.address : null
  }

  get status(): Status | null {
    return this.#status
  }

  get view(): ShellView {
    return describeShell(this.gateway, this.#status)
  }

  start(): Promise<void> {
    return this.#host.start()
  }

  retry(): Promise<void> {
    return this.#host.retry()
  }

  /** Starts the app's own gateway anew, with the settings as they now are. False where it is another's. */
  restart(): Promise<boolean> {
    return this.#host.restart()
  }

  /** Stops or restarts all traffic. */
  setPaused(isPaused: boolean): Promise<void> {
    const failure = isPaused ? 'Traffic is not paused' : 'Traffic is still paused'
    return this.#order((client) => client.setPaused(isPaused), failure)
  }

  /** Ends what runs and lets nothing through, or lets it through again. */
  setKilled(isKilled: boolean): Promise<void> {
    const failure = isKilled ? 'The kill switch is not on' : 'The kill switch is still on'
    return this.#order((client) => client.setKilled(isKilled), failure)
  }

  answer(callId: string, answer: AskAnswer): Promise<void> {
    return this.#order((client) => client.answer(callId, answer), 'The question was not answered')
  }

  /** A refusal is told: a brake that did not take would be worse than none. */
  async #order(order: (client: GatewayClient) => Promise<void>, failure: string): Promise<void> {
    try {
      if (this.#client !== null) await order(this.#client)
    } catch (error) {
      this.#options.notify({ title: failure, body: messageOf(error), isUrgent: true })
    }
  }

  async stop(): Promise<void> {
    if (this.#outage !== null) clearTimeout(this.#outage.timer)
    this.#unwatch()
    await this.#host.stop()
  }

  #takeState(state: GatewayState): void {
    this.#unwatch()
    if (state.kind === 'down') this.#takeProblem(state.problem.message)
    if (state.kind === 'running') {
      this.#watchGateway(state.address)
      this.#tellItIsBack()
    }
    this.#options.onChange(this)
  }

  /** A gateway that is back before anybody could notice is one message; one that stays away is told, and once. */
  #takeProblem(message: string): void {
    if (this.#outage !== null) return
    const tell = () => {
      outage.isTold = true
      const title = 'Nothing is metered right now'
      this.#options.notify({ title, body: `${message} Trying again.`, isUrgent: true })
    }
    const outage: Outage = { message, isTold: false, timer: setTimeout(tell, this.#options.graceMs ?? GRACE_MS) }
    this.#outage = outage
  }

  #tellItIsBack(): void {
    const outage = this.#outage
    if (outage === null) return
    clearTimeout(outage.timer)
    this.#outage = null
    const body = outage.isTold ? 'Calls are metered again.' : `${outage.message} It was restarted immediately.`
    this.#options.notify({ title: 'The gateway is back', body, isUrgent: false })
  }

  #watchGateway(address: GatewayAddress): void {
    const client = this.#options.connect(address)
    this.#client = client
    this.#watch = new GatewayWatch({
      client,
      onStatus: (status) => {
        this.#status = status
        this.#options.onChange(this)
      },
      onNotice: (notice) => {
        if (!this.#options.admitsNotice(notice)) return
        this.#options.notify({
          title: notice.title,
          body: notice.body,
          isUrgent: notice.level === 'stop',
          actions: actionsOf(notice),
        })
      },
      onLost: () => this.#rejoinSoon(address),
    })
  }

  /** The feed broke. Either the gateway is gone, which the host finds out, or it is there and the feed is opened again. */
  #rejoinSoon(address: GatewayAddress): void {
    this.#watch = null
    this.#reconnect = setTimeout(() => void this.#rejoin(address), RECONNECT_MS)
  }

  async #rejoin(address: GatewayAddress): Promise<void> {
    await this.#host.recheck()
    if (this.#watch === null && this.address === address) this.#watchGateway(address)
  }

  #unwatch(): void {
    if (this.#reconnect !== null) clearTimeout(this.#reconnect)
    this.#reconnect = null
    this.#watch?.close()
    this.#watch = null
    this.#client = null
    this.#status = null
  }
}

/** What a notice leads to: the call it is about, and room for more where a budget is its matter. */
function actionsOf({ callId, about }: Notice): NotificationAction[] {
  const call = callId === null ? [] : [{ label: 'Show Call', hash: `#/calls/${encodeURIComponent(callId)}` }]
  return about === 'cap' ? [{ label: 'Raise…', hash: '#/overview?raise' }, ...call] : call
}
