import { formatDuration, formatTokens } from '../../../shared/values/format.ts'
import { formatUsd } from '../../../shared/values/money.ts'
import type { LifeEvent } from '../../state/api/api.ts'
import type { Tone } from './call-words.ts'

/** One line of a call's life. */
export interface TimelineStep {
  seq: number
  at: string
  /** Since the call began: `+812 ms`. */
  offset: string
  title: string
  detail: string | null
  tone: Tone
}

/** Top-ups of one stream are told as one line beyond this many: the growth matters, not each step. */
const MAX_TOP_UPS_SHOWN = 3

/** A call's events as sentences, oldest first. */
export function timelineOf(startedAt: string, events: readonly LifeEvent[]): TimelineStep[] {
  const startMs = Date.parse(startedAt)
  const steps: TimelineStep[] = []
  const topUps = events.filter((event) => event.type === 'call.topped-up')
  const folded = topUps.length > MAX_TOP_UPS_SHOWN
  for (const event of events) {
    if (folded && event.type === 'call.topped-up' && event !== topUps.at(-1)) continue
    const words = wordsFor(event.type, event.body, folded ? topUps.length : 1)
    const offsetMs = Date.parse(event.at) - startMs
    steps.push({
      seq: event.seq,
      at: event.at,
      offset: offsetMs > 0 ? `+${formatDuration(offsetMs)}` : 'start',
      ...words,
    })
  }
  return steps
}

function wordsFor(
  type: string,
  body: Record<string, unknown>,
  times: number,
): Pick<TimelineStep, 'title' | 'detail' | 'tone'> {
  switch (type) {
    case 'call.waiting':
      return { title: 'Waited for its turn', detail: list('held by', body.blockedBy), tone: 'warn' }
    case 'call.asked':
      return { title: 'Asked you', detail: text(body.question), tone: 'warn' }
    case 'call.answered':
      return { title: 'Answered', detail: ANSWERS[text(body.answer) ?? ''] ?? text(body.answer), tone: 'quiet' }
    case 'call.admitted':
      return { title: 'Admitted', detail: sentence([held(body), clamp(body.clampedTo)]), tone: 'live' }
    case 'call.topped-up':
      return {
        title: times > 1 ? `Hold grew ${times} times` : 'Hold grew',
        detail: sentence([held(body), tokens(body.outputTokensSeen, 'output so far')]),
        tone: 'live',
      }
    case 'call.refused':
      return { title: 'Refused', detail: text(record(body.refusal).code)?.replaceAll('-', ' ') ?? null, tone: 'stop' }
    case 'call.settled':
      return { title: 'Settled', detail: settled(body), tone: 'calm' }
    case 'call.expired':
      return { title: 'Closed after a crash', detail: settled(body), tone: 'warn' }
    case 'call.released':
      return { title: 'Released, nothing charged', detail: text(body.reason), tone: 'quiet' }
    default:
      return { title: type.replace(/^call\./, ''), detail: null, tone: 'quiet' }
  }
}

const ANSWERS: Record<string, string> = {
  once: 'this call only',
  '30m': 'for 30 minutes',
  stop: 'stop',
  none: 'nobody answered in time',
}

function settled(body: Record<string, unknown>): string | null {
  const closing = record(body.closing)
  return sentence([
    money(closing.costNanos),
    typeof closing.httpStatus === 'number' ? `HTTP ${closing.httpStatus}` : null,
    text(closing.ending)?.replace('-', ' ') ?? null,
  ])
}

function held(body: Record<string, unknown>): string | null {
  const amount = money(body.holdNanos)
  return amount && `${amount} held`
}

function clamp(value: unknown): string | null {
  return tokens(value, 'output at most')
}

function tokens(value: unknown, words: string): string | null {
  return typeof value === 'number' ? `${formatTokens(value)} tokens of ${words}` : null
}

function money(nanos: unknown): string | null {
  return typeof nanos === 'number' && Number.isSafeInteger(nanos) ? formatUsd(nanos) : null
}

function list(words: string, value: unknown): string | null {
  return Array.isArray(value) && value.length > 0 ? `${words} ${value.join(', ')}` : null
}

function sentence(parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null)
  return said.length > 0 ? said.join(' · ') : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
