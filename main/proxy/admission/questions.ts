import type { CallFacts } from '../../../shared/calls/events.ts'
import type { RuleFinding } from '../../core/policy/decision/decide.ts'
import { questionOf } from '../../core/policy/decision/question.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import type { Books } from '../../ledger/books/books.ts'
import { BEFORE_ADMISSION_MS, callEvents } from '../../ledger/queries/call-queries.ts'
import type { Asked, Asking } from './hold-call.ts'

/** The longest that a call is held with a question. */
export const ASK_MS = 120_000
/** A question for less time than this nobody can read and answer. */
const LEAST_ASK_MS = 5_000
/** How long `30m` is. */
const EXEMPT_MS = 30 * 60_000
const MAX_EXEMPT = 2_000
/** Calls held at a time; more of them have nobody who could read all the questions. */
const MAX_HELD = 100

type Answer = 'once' | '30m' | 'stop'

interface Held {
  call: CallFacts
  rule: string
  question: string
  expiresAtMs: number
  settle(answer: Answer | 'none' | 'gone' | 'stopped'): void
}

/** Calls that are held until the developer says how to go on, and what was said for a while. */
export class Questions implements Asking {
  readonly #books: Books
  readonly #askMs: number
  readonly #leastMs: number
  readonly #held = new Map<string, Held>()
  readonly #exemptUntilMs = new RecentMap<string, number>(MAX_EXEMPT)
  readonly #unfollow: () => void
  #listeners = 0
  #isClosed = false

  constructor(books: Books, askMs = ASK_MS, leastMs = LEAST_ASK_MS) {
    this.#books = books
    this.#askMs = askMs
    this.#leastMs = leastMs
    this.#unfollow = books.traffic.onChange(() => this.#lookAgain())
    this.#remember()
  }

  /** Somebody is there who can answer: a window, or a terminal that follows. Returns the function that says they left. */
  attach(): () => void {
    this.#listeners += 1
    let here = true
    return () => {
      if (here) this.#listeners -= 1
      here = false
    }
  }

  open(): { callId: string; question: string; expiresAt: string }[] {
    return [...this.#held.values()].map(({ call, question, expiresAtMs }) => ({
      callId: call.callId,
      question,
      expiresAt: new Date(expiresAtMs).toISOString(),
    }))
  }

  /** False when that call no longer waits. What is said for a while is said for its conversation's other questions too. */
  answer(callId: string, answer: Answer): boolean {
    const held = this.#held.get(callId)
    if (!held) return false
    const kin = [...this.#held.values()].filter((one) => one !== held && keyOf(one.call, '') === keyOf(held.call, ''))
    held.settle(answer)
    if (answer === 'stop') for (const one of kin) one.settle('stop')
    if (answer === '30m') for (const one of kin) if (one.rule === held.rule) one.settle('30m')
    return true
  }

  exemptRules(call: CallFacts): string[] {
    const nowMs = this.#books.clock()
    return this.#books.inForce.rules
      .map(({ id }) => id)
      .filter((id) => (this.#exemptUntilMs.get(keyOf(call, id)) ?? 0) > nowMs)
  }

  async ask(call: CallFacts, finding: RuleFinding, byMs: number, gone: AbortSignal): Promise<Asked> {
    const nobody = this.#listeners === 0 || call.attribution.environment === 'ci'
    const nowMs = this.#books.clock()
    const inTime = byMs - nowMs >= this.#leastMs
    if (nobody || !inTime || this.#isClosed || this.#held.size >= MAX_HELD) return 'nobody'
    const rule = finding.rule.id
    const question = questionOf(call, finding)
    const expiresAtMs = Math.min(nowMs + this.#askMs, byMs)
    this.#books.ledger.append({ type: 'call.asked', callId: call.callId, call, rule, question, expiresAtMs })
    const answer = await this.#hold({ call, rule, question, expiresAtMs }, expiresAtMs - nowMs, gone)
    if (answer === 'gone') return 'gone'
    if (answer !== 'stopped') this.#books.ledger.append({ type: 'call.answered', callId: call.callId, answer })
    if (answer === '30m') this.#exemptUntilMs.set(keyOf(call, rule), this.#books.clock() + EXEMPT_MS)
    if (answer === 'stop' && this.#books.traffic.refusalFor(call) === null) this.#books.traffic.stopConversation(call)
    if (answer === 'stopped') return 'stopped'
    return answer === 'once' || answer === '30m' ? 'yes' : 'no'
  }

  /** Nobody will answer any more. */
  close(): void {
    this.#isClosed = true
    this.#unfollow()
    for (const held of [...this.#held.values()]) held.settle('none')
  }

  /** What was said for a while before the gateway was started again. */
  #remember(): void {
    const sinceMs = this.#books.clock() - EXEMPT_MS
    const asked = new Map<string, { call: CallFacts; rule: string }>()
    const { database } = this.#books.ledger.store
    for (const { atMs, event } of callEvents(
      database,
      ['call.asked', 'call.answered'],
      sinceMs - BEFORE_ADMISSION_MS,
    )) {
      if (event.type === 'call.asked') asked.set(event.callId, event)
      const last = event.type === 'call.answered' && event.answer === '30m' ? asked.get(event.callId) : undefined
      if (last) this.#exemptUntilMs.set(keyOf(last.call, last.rule), atMs + EXEMPT_MS)
    }
  }

  #hold(facts: Omit<Held, 'settle'>, forMs: number, gone: AbortSignal): Promise<Answer | 'none' | 'gone' | 'stopped'> {
    return new Promise((resolve) => {
      const settle: Held['settle'] = (answer) => {
        clearTimeout(timer)
        gone.removeEventListener('abort', onGone)
        this.#held.delete(facts.call.callId)
        resolve(answer)
      }
      const onGone = () => settle('gone')
      const timer = setTimeout(() => settle('none'), forMs)
      this.#held.set(facts.call.callId, { ...facts, settle })
      gone.addEventListener('abort', onGone, { once: true })
      if (gone.aborted) onGone()
    })
  }

  /** Traffic was stopped or started: who may not go anyway need not be asked about. */
  #lookAgain(): void {
    for (const held of [...this.#held.values()])
      if (this.#books.traffic.refusalFor(held.call) !== null) held.settle('stopped')
  }
}

function keyOf({ conversation, attribution, callId }: CallFacts, rule: string): string {
  return `${rule}\n${conversation ?? attribution.session ?? callId}`
}
