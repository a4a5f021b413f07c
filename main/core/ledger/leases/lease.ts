import type { SharedPart } from '../../policy/decision/facts.ts'

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

/** One shared budget as this gateway knows it. Times are of a clock that is never set (`performance.now`). */
export interface Lease {
  /** The most that may be spent and held here. */
  upTo: number
  goodUntilMs: number
  seq: number
  acked: number
  need: number
  spentElsewhere: number
  leasedElsewhere: number
  raisedElsewhere: number
  machines: number
  left: number
  /** Whether the server has ever answered. */
  known: boolean
  /** The last answer gave less than was asked for. */
  vainAtMs: number
  usedBefore: number
  usedAtMs: number
  askedAtMs: number
  /** What the others know of our spend. */
  reported: number
  /** Amount a second, and the largest step, of late: how much has to be ready. */
  pace: number
  step: number
}

/**
 * How long a lease lasts without news. It is what a machine may spend while the server is away, and what a machine that
 * vanished keeps from the others.
 */
export const LEASE_MS = 10 * 60_000
/** The gateway stops earlier than the server forgets: what it is short of here is what two clocks may drift apart. */
const TRUSTED_SHARE = 0.9
/** A machine with anything to report says so this often: within RECOVERY_MS every one has reported to a server that lost its state. */
export const HEARTBEAT_MS = 3_000
export const RECOVERY_MS = 6_000
/** Spend is told to the others after this: it is what they show, and what they refuse by. */
const REPORT_MS = 1_000
/** What was not to be had is asked for again after this. */
const VAIN_MS = 150
/** A slice that nobody used for so long is given back. */
const IDLE_MS = 5_000
/** The same when others wait for it. */
const IDLE_WHEN_SCARCE_MS = 400
/** A slice lasts this long at the present pace: several round trips of a slow server. */
const SLICE_SECONDS = 2
/** And has room for so many of the largest steps of late. */
const SLICE_STEPS = 2
/** At least this part of the limit, while nobody else is short of it: calls begin faster than a pace is learned. */
const FIRST_SLICE = 0.02
/** The pace is forgotten in about this time. */
const PACE_MS = 1_000
const STEP_MS = 30_000

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

/** Takes note of what was used since the last look, to know how much has to be ready. */
export function observeUse(lease: Lease, own: OwnUse, nowMs: number): void {
  const used = own.spent + own.held
  const passedMs = Math.max(0, nowMs - lease.usedAtMs)
  const more = used - lease.usedBefore
  lease.usedBefore = used
  if (more <= 0) return
  lease.pace = lease.pace * Math.exp(-passedMs / PACE_MS) + more / (PACE_MS / 1_000)
  lease.step = Math.max(more, lease.step * Math.exp(-passedMs / STEP_MS))
  lease.usedAtMs = nowMs
}

/** How much should be ready beside what is used. The server gives less where others need it, too. */
export function sliceOf(lease: Lease, own: OwnUse, nowMs: number): number {
  const pace = lease.pace * Math.exp(-Math.max(0, nowMs - lease.usedAtMs) / PACE_MS)
  const whole = own.limit + own.raised + lease.raisedElsewhere
  const learned = Math.max(SLICE_STEPS * lease.step, SLICE_SECONDS * pace)
  return Math.ceil(Math.min(whole, Math.max(learned, whole * FIRST_SLICE)))
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
  const isPatient = nowMs - lease.vainAtMs < VAIN_MS
  if (lease.need > idle) {
    // What is idle here may be what another machine's call waits for, and the other way round: both let go first.
    if (!isPatient) return ask(used, Math.ceil(lease.need), Math.max(Math.ceil(lease.need), slice))
  } else if (idle < slice / 2 && !isPatient && (!isScarce || silentMs < IDLE_WHEN_SCARCE_MS)) {
    return ask(upTo, 0, slice)
  } else if (idle > 0 && isScarce && lease.need === 0 && silentMs >= IDLE_WHEN_SCARCE_MS) {
    return ask(used, 0, 0)
  } else if (idle > 2 * slice || (silentMs >= IDLE_MS && idle > firstSlice(own))) {
    return ask(used + Math.min(slice, firstSlice(own)), 0, 0)
  }
  const isNews = own.spent !== lease.reported && lease.known
  const isDue = nowMs - lease.askedAtMs >= (isNews ? REPORT_MS : HEARTBEAT_MS)
  return isDue && (!lease.known || upTo > 0 || own.raised > 0) ? ask(upTo, 0, 0) : null
}

/** What stays ready on a machine where nothing runs, so that its first call need not wait. */
function firstSlice(own: OwnUse): number {
  return Math.ceil((own.limit + own.raised) * FIRST_SLICE)
}

/** A request is on its way: what it gives back is not used any more, whether it arrives or not. */
export function markAsked(lease: Lease, request: LeaseRequest, nowMs: number): void {
  lease.seq = request.seq
  lease.askedAtMs = nowMs
  lease.reported = request.spent
  lease.upTo = Math.min(lease.upTo, request.keep)
}

/** Takes in an answer. `askedAtMs`: the lease runs from when it was asked for, so the way back takes nothing from others. */
export function takeAnswer(lease: Lease, request: LeaseRequest, answer: LeaseAnswer, askedAtMs: number): void {
  lease.known = true
  lease.seq = Math.max(lease.seq, answer.seq)
  lease.spentElsewhere = answer.spentElsewhere
  lease.leasedElsewhere = answer.leasedElsewhere
  lease.raisedElsewhere = answer.raisedElsewhere
  lease.machines = answer.machines
  lease.left = answer.left
  if (answer.stale) return
  lease.acked = request.seq
  lease.upTo = answer.upTo
  lease.goodUntilMs = askedAtMs + LEASE_MS * TRUSTED_SHARE
  const got = answer.upTo - request.spent - request.held
  if (got < request.need || (request.need === 0 && got < request.want)) lease.vainAtMs = askedAtMs
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
