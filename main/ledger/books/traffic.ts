import { commandLine } from '../../../shared/values/command-line.ts'
import { setMaxListeners } from 'node:events'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { plainRefusal } from '../../core/policy/decision/make-refusal.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import type { Ledger } from '../store/ledger.ts'
import { gatewayEvents } from '../queries/call-queries.ts'

/** Sessions and conversations whose resume is remembered; beyond them the oldest counts as never resumed. */
const MAX_RESUMED = 2_000

/** One thing that is stopped: a session, or a conversation of one. */
interface Stop {
  session: string | null
  conversation: string | null
}

/**
 * Whether calls may go at all: everything, a session or a conversation can be stopped by the developer, and started
 * again. Facts are events of the ledger, so what was stopped stays stopped over a restart. Everything is synchronous:
 * admission asks it in its one breath.
 */
export class Traffic {
  readonly #ledger: Ledger
  readonly #stops = new Map<string, Stop>()
  readonly #resumedAtMs = new RecentMap<string, number>(MAX_RESUMED)
  readonly #clock: () => number
  readonly #listeners = new Set<() => void>()
  #allResumedAtMs = 0
  #paused = false
  #kill = killSignal()
  #over = false

  constructor(ledger: Ledger, clock: () => number) {
    this.#ledger = ledger
    this.#clock = clock
    for (const { atMs, event } of gatewayEvents(ledger.store.database, ['traffic.paused', 'traffic.resumed'], 0)) {
      if (event.type === 'traffic.paused') this.#applyPause(event)
      if (event.type === 'traffic.resumed') this.#applyResume(event.session, atMs)
    }
  }

  state(): 'ok' | 'paused' | 'killed' {
    if (this.killed.aborted) return 'killed'
    return this.#paused ? 'paused' : 'ok'
  }

  /** Aborted while the kill switch is on and when the gateway ends, so that running streams are ended. Replaced by a new signal once it is off. */
  get killed(): AbortSignal {
    return this.#kill.signal
  }

  /** Called after every change, so that calls that wait or are held look again. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A session (or a conversation, by its id), or everything. Throws `ledger-unavailable`. */
  pause(session: string | null): void {
    if (session === null ? this.#paused : this.#stops.has(session)) return
    this.#append({ type: 'traffic.paused', session, killed: false })
  }

  /** An agent's conversation alone, until it is resumed; the rest of its session goes on. */
  stopConversation(call: CallFacts): void {
    const conversation = call.conversation ?? undefined
    const { session } = call.attribution
    if (conversation === undefined && session === null) return
    this.#append({ type: 'traffic.paused', session, ...(conversation ? { conversation } : {}), killed: false })
  }

  /** A session with its conversations, a conversation, or everything. Throws `not-allowed` for everything while the kill switch is on. */
  resume(session: string | null): void {
    if (session === null && this.killed.aborted)
      throw new AllowanceError('not-allowed', 'the kill switch is on', commandLine('kill-switch off'))
    this.#append({ type: 'traffic.resumed', session })
  }

  /** Switched off, everything goes again, what was paused before it too. */
  killSwitch(on: boolean): void {
    if (on === this.killed.aborted) return
    this.#append(
      on ? { type: 'traffic.paused', session: null, killed: true } : { type: 'traffic.resumed', session: null },
    )
  }

  /** The gateway has waited long enough for what runs: streams are ended in their own terms. No fact of the ledger. */
  endAll(): void {
    this.#over = true
    this.#kill.abort()
  }

  /** From here on it is us who break off what still runs. */
  get over(): boolean {
    return this.#over
  }

  /** Why a call may not go; null when it may. */
  refusalFor({ attribution, conversation }: Pick<CallFacts, 'attribution' | 'conversation'>): Refusal | null {
    if (this.#over) return plainRefusal('paused', `the gateway was stopped. To go on: ${commandLine()} serve.`)
    if (this.killed.aborted)
      return plainRefusal(
        'paused',
        `the kill switch is on, and every call is refused. To go on: ${commandLine()} kill-switch off.`,
      )
    if (this.#paused) return plainRefusal('paused', `all traffic is paused. To go on: ${commandLine()} resume.`)
    for (const name of [attribution.session, conversation]) {
      if (name === null || !this.#stops.has(name)) continue
      const what = name === conversation ? 'this conversation was stopped' : `the session ${name} is paused`
      return plainRefusal('paused', `${what}. To go on: ${commandLine()} resume ${name}.`)
    }
    return null
  }

  /** When a call's session, conversation or everything was resumed last; 0 when never. What was before it is forgiven. */
  resumedAtMs({ attribution, conversation }: Pick<CallFacts, 'attribution' | 'conversation'>): number {
    const of = (name: string | null) => (name === null ? 0 : (this.#resumedAtMs.get(name) ?? 0))
    return Math.max(this.#allResumedAtMs, of(attribution.session), of(conversation))
  }

  #append(
    event:
      | { type: 'traffic.paused'; session: string | null; conversation?: string; killed: boolean }
      | { type: 'traffic.resumed'; session: string | null },
  ): void {
    this.#ledger.append(event)
    if (event.type === 'traffic.paused') this.#applyPause(event)
    else this.#applyResume(event.session, this.#clock())
    for (const listener of this.#listeners) listener()
  }

  #applyPause({
    session,
    conversation,
    killed,
  }: {
    session: string | null
    conversation?: string | undefined
    killed: boolean
  }): void {
    if (killed) this.#kill.abort()
    else if (session === null && conversation === undefined) this.#paused = true
    else this.#stops.set(conversation ?? session ?? '', { session, conversation: conversation ?? null })
  }

  #applyResume(session: string | null, atMs: number): void {
    if (session === null) {
      this.#paused = false
      this.#stops.clear()
      this.#allResumedAtMs = atMs
      if (this.killed.aborted) this.#kill = killSignal()
      return
    }
    for (const [name, stop] of this.#stops) if (name === session || stop.session === session) this.#stops.delete(name)
    this.#resumedAtMs.set(session, atMs)
  }
}

/** As many streams listen to it as run; a warning of a leak after ten would be wrong. */
function killSignal(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
