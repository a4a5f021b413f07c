import type { SharedPart } from '../../policy/decision/facts.ts'
import { TUNING } from './tuning.ts'

/** What this machine has used of a shared budget in its window, by its own books. Amounts are in the budget's unit. */
export interface OwnUse {
  spent: number
  held: number
  limit: number
  raised: number
}

/** What a gateway asks the server for. Everything is a total, never a difference, so that a repeated request changes nothing. */
export interface LeaseRequest {
  seq: number
  /** The last request that the server answered; 0 when what it knows of us may be forgotten. */
  acked: number
  spent: number
  held: number
  limit: number
  raised: number
  /** What of the present lease is kept: less than before gives the rest back. */
  keep: number
  /** Room beside what is used without which a waiting call cannot go: all of it or nothing. */
  need: number
  /** Room beside what is used that would be good to have. */
  want: number
}

/** What the server says. Sums are those of the other gateways of this budget. */
export interface LeaseAnswer {
  /** The highest sequence number that it took from us. */
  seq: number
  /** It had seen this request, or a later one: it changed nothing, and its lease is not the newest. */
  stale: boolean
  upTo: number
  spentElsewhere: number
  leasedElsewhere: number
  raisedElsewhere: number
  machines: number
  /** What nobody has leased. */
  left: number
  /** It started empty a moment ago and waits for every gateway to report before it leases again. */
  recovering: boolean
  nowMs: number
}

/** One shared budget as this gateway knows it; a value, replaced by the next. Times are of a clock that is never set (`performance.now`). */
export interface Lease {
  /** The most that may be spent and held here. */
  readonly upTo: number
  readonly goodUntilMs: number
  readonly seq: number
  readonly acked: number
  readonly need: number
  readonly spentElsewhere: number
  readonly leasedElsewhere: number
  readonly raisedElsewhere: number
  readonly machines: number
  readonly left: number
  /** Whether the server has ever answered. */
  readonly known: boolean
  /** The last answer gave less than was asked for. */
  readonly vainAtMs: number
  readonly usedBefore: number
  readonly usedAtMs: number
  readonly askedAtMs: number
  /** What the others know of our spend. */
  readonly reported: number
  /** Amount a second, and the largest step, of late: how much has to be ready. */
  readonly pace: number
  readonly step: number
}

export function newLease(nowMs: number): Lease {
  return {
    upTo: 0,
    goodUntilMs: nowMs,
    seq: 0,
    acked: 0,
    need: 0,
    spentElsewhere: 0,
    leasedElsewhere: 0,
    raisedElsewhere: 0,
    machines: 0,
    left: 0,
    known: false,
    vainAtMs: Number.NEGATIVE_INFINITY,
    usedBefore: 0,
    usedAtMs: nowMs,
    askedAtMs: Number.NEGATIVE_INFINITY,
    reported: 0,
    pace: 0,
    step: 0,
  }
}

/** With what was used since the last look, to know how much has to be ready. */
export function observeUse(lease: Lease, own: OwnUse, nowMs: number): Lease {
  const used = own.spent + own.held
  const passedMs = Math.max(0, nowMs - lease.usedAtMs)
  const more = used - lease.usedBefore
  if (more <= 0) return more === 0 ? lease : { ...lease, usedBefore: used }
  return {
    ...lease,
    usedBefore: used,
    usedAtMs: nowMs,
    pace: lease.pace * Math.exp(-passedMs / TUNING.PACE_MS) + more / (TUNING.PACE_MS / 1_000),
    step: Math.max(more, lease.step * Math.exp(-passedMs / TUNING.STEP_MS)),
  }
}

/** How much should be ready beside what is used. The server gives less where others need it, too. */
export function sliceOf(lease: Lease, own: OwnUse, nowMs: number): number {
  const pace = lease.pace * Math.exp(-Math.max(0, nowMs - lease.usedAtMs) / TUNING.PACE_MS)
  const whole = own.limit + own.raised + lease.raisedElsewhere
  const learned = Math.max(TUNING.SLICE_STEPS * lease.step, TUNING.SLICE_SECONDS * pace)
  return Math.ceil(Math.min(whole, Math.max(learned, whole * TUNING.FIRST_SLICE)))
}

/** What to ask the server for now; null when nothing. What is given back must not be used from here on: see `lowered`. */
export function planRequest(lease: Lease, own: OwnUse, nowMs: number): Omit<LeaseRequest, 'seq'> | null {
  const used = own.spent + own.held
  const isGood = nowMs < lease.goodUntilMs
  const upTo = isGood ? Math.max(lease.upTo, used) : used
  const idle = upTo - used
  const slice = sliceOf(lease, own, nowMs)
  const isScarce = lease.known && lease.left < slice * (lease.machines + 1)
  const silentMs = nowMs - lease.usedAtMs
  const ask = (keep: number, need: number, want: number) => ({
    acked: isGood ? lease.acked : 0,
    spent: own.spent,
    held: own.held,
    limit: own.limit,
    raised: own.raised,
    keep,
    need,
    want,
  })
  const isPatient = nowMs - lease.vainAtMs < TUNING.VAIN_MS
  if (lease.need > idle) {
    // What is idle here may be what another machine's call waits for, and the other way round: both let go first.
    if (!isPatient) return ask(used, Math.ceil(lease.need), Math.max(Math.ceil(lease.need), slice))
  } else if (idle < slice / 2 && !isPatient && (!isScarce || silentMs < TUNING.IDLE_WHEN_SCARCE_MS)) {
    return ask(upTo, 0, slice)
  } else if (idle > 0 && isScarce && lease.need === 0 && silentMs >= TUNING.IDLE_WHEN_SCARCE_MS) {
    return ask(used, 0, 0)
  } else if (idle > 2 * slice || (silentMs >= TUNING.IDLE_MS && idle > firstSlice(own))) {
    return ask(used + Math.min(slice, firstSlice(own)), 0, 0)
  }
  const isNews = own.spent !== lease.reported && lease.known
  const isDue = nowMs - lease.askedAtMs >= (isNews ? TUNING.REPORT_MS : TUNING.HEARTBEAT_MS)
  return isDue && (!lease.known || upTo > 0 || own.raised > 0) ? ask(upTo, 0, 0) : null
}

/** What stays ready on a machine where nothing runs, so that its first call need not wait. */
function firstSlice(own: OwnUse): number {
  return Math.ceil((own.limit + own.raised) * TUNING.FIRST_SLICE)
}

/** A request is on its way: what it gives back is not used any more, whether it arrives or not. */
export function markAsked(lease: Lease, request: LeaseRequest, nowMs: number): Lease {
  const { seq, spent, keep } = request
  return { ...lease, seq, askedAtMs: nowMs, reported: spent, upTo: Math.min(lease.upTo, keep) }
}

/** With an answer. `askedAtMs`: the lease runs from when it was asked for, so the way back takes nothing from others. */
export function takeAnswer(lease: Lease, request: LeaseRequest, answer: LeaseAnswer, askedAtMs: number): Lease {
  const { upTo, spentElsewhere, leasedElsewhere, raisedElsewhere, machines, left } = answer
  const seq = Math.max(lease.seq, answer.seq)
  const told = { ...lease, known: true, seq, spentElsewhere, leasedElsewhere, raisedElsewhere, machines, left }
  if (answer.stale) return told
  const got = upTo - request.spent - request.held
  const isVain = got < request.need || (request.need === 0 && got < request.want)
  return {
    ...told,
    acked: request.seq,
    upTo,
    goodUntilMs: askedAtMs + TUNING.LEASE_MS * TUNING.TRUSTED_SHARE,
    vainAtMs: isVain ? askedAtMs : lease.vainAtMs,
  }
}

/** How the shared budget stands for a call. `away`: what to do while the server does not answer; null while it does. */
export function sharedPart(
  lease: Lease | null,
  nowMs: number,
  away: 'open' | 'closed' | null,
  trouble: string | null,
): SharedPart {
  const isGood = lease !== null && nowMs < lease.goodUntilMs
  return {
    upTo: away === 'open' ? null : isGood ? lease.upTo : 0,
    isFinal: away === 'closed',
    spentElsewhere: lease?.spentElsewhere ?? 0,
    leasedElsewhere: lease?.leasedElsewhere ?? 0,
    raisedElsewhere: lease?.raisedElsewhere ?? 0,
    machines: lease?.machines ?? 0,
    trouble,
  }
}
