import { describe, expect, test } from 'vitest'
import {
  type Lease,
  type LeaseAnswer,
  markAsked,
  newLease,
  observeUse,
  type OwnUse,
  planRequest,
  sharedPart,
  sliceOf,
  takeAnswer,
} from '../../../../main/core/ledger/leases/lease.ts'
import { TUNING } from '../../../../main/core/ledger/leases/tuning.ts'

const OWN: OwnUse = { spent: 0, held: 0, limit: 1_000, raised: 0 }

const answerOf = (changes: Partial<LeaseAnswer> = {}): LeaseAnswer => ({
  seq: 1,
  stale: false,
  upTo: 20,
  spentElsewhere: 0,
  leasedElsewhere: 0,
  raisedElsewhere: 0,
  machines: 0,
  left: 980,
  recovering: false,
  nowMs: 0,
  ...changes,
})

/** A lease as it stands after one answer. */
function leased(changes: Partial<LeaseAnswer> = {}, own = OWN): Lease {
  const lease = newLease(0)
  const request = { ...planRequest(lease, own, 0)!, seq: 1 }
  return takeAnswer(markAsked(lease, request, 0), request, answerOf(changes), 0)
}

describe('what to ask for', () => {
  test('a machine begins with a small part of the budget, before any call', () => {
    expect(planRequest(newLease(0), OWN, 0)).toMatchObject({ keep: 0, need: 0, want: 20 })
  })

  test('the next slice is asked for while half of the present one is left', () => {
    const lease = leased()
    expect(planRequest(lease, { ...OWN, held: 5 }, 1)).toBeNull()
    expect(planRequest(lease, { ...OWN, held: 11 }, 1)).toMatchObject({ keep: 20, need: 0, want: 20, held: 11 })
  })

  test('a slice lasts two seconds at the present pace, and two of the largest calls', () => {
    let lease = observeUse(leased({ upTo: 600, left: 400 }), { ...OWN, held: 40 }, 10)
    expect(sliceOf(lease, OWN, 10)).toBe(80)
    for (let atMs = 20, spent = 40; atMs <= 1_020; atMs += 100) {
      spent += 40
      lease = observeUse(lease, { ...OWN, held: spent }, atMs)
    }
    expect(sliceOf(lease, OWN, 1_020)).toBeGreaterThan(150)
  })

  test('a call that waits asks for its room, whole or nothing, and lets go of what is too little for it', () => {
    const lease = { ...leased(), need: 60 }
    const request = planRequest(lease, { ...OWN, spent: 5 }, 1)
    expect(request).toMatchObject({ keep: 5, need: 60, want: 60 })
    const asked = markAsked(lease, { ...request!, seq: 2 }, 1)
    expect(sharedPart(asked, 1, null, null).upTo).toBe(5)
  })

  test('who was given nothing waits a moment before asking again', () => {
    const lease = { ...leased(), need: 60 }
    const request = { ...planRequest(lease, OWN, 1)!, seq: 2 }
    const answered = takeAnswer(markAsked(lease, request, 1), request, answerOf({ seq: 2, upTo: 0, left: 30 }), 1)
    expect(planRequest(answered, OWN, 100)).toBeNull()
    expect(planRequest(answered, OWN, 200)).toMatchObject({ need: 60 })
  })

  test('what lies idle is given back but for a first slice, and all of it where others wait', () => {
    const plenty = leased({ upTo: 100 })
    expect(planRequest(plenty, OWN, 6_000)).toMatchObject({ keep: 20, want: 0 })
    const scarce = leased({ upTo: 20, left: 10, machines: 3 })
    expect(planRequest(scarce, OWN, 1_000)).toMatchObject({ keep: 0, want: 0 })
  })

  test('a machine that has something to report says so again and again', () => {
    const lease = leased({}, { ...OWN })
    expect(planRequest(lease, OWN, TUNING.HEARTBEAT_MS - 1)).toBeNull()
    expect(planRequest(lease, OWN, TUNING.HEARTBEAT_MS)).toMatchObject({ keep: 20, need: 0, want: 0, acked: 1 })
  })
})

test('what was spent is told to the others within a second', () => {
  const lease = leased({ upTo: 30 })
  expect(planRequest(lease, { ...OWN, spent: 5 }, 900)).toBeNull()
  expect(planRequest(lease, { ...OWN, spent: 5 }, 1_000)).toMatchObject({ spent: 5, want: 0 })
})

describe('how long a lease lasts', () => {
  test('it is over for its gateway before the server forgets it, counted from when it was asked for', () => {
    const lease = leased()
    expect(sharedPart(lease, TUNING.LEASE_MS * 0.89, null, null).upTo).toBe(20)
    expect(sharedPart(lease, TUNING.LEASE_MS * 0.91, null, null).upTo).toBe(0)
  })

  test('after it the server is not told that it knows us: it may have forgotten us by right', () => {
    expect(planRequest(leased(), OWN, TUNING.LEASE_MS)).toMatchObject({ acked: 0, keep: 0 })
  })

  test('an answer to a request that another one overtook gives nothing', () => {
    const lease = leased()
    const request = { ...planRequest(lease, { ...OWN, held: 15 }, 1)!, seq: 2 }
    const answered = takeAnswer(markAsked(lease, request, 1), request, answerOf({ seq: 9, stale: true, upTo: 500 }), 1)
    expect(answered).toMatchObject({ upTo: 20, seq: 9 })
  })
})

describe('a server that is away', () => {
  test('closed: nothing beyond the lease, and nothing to wait for', () => {
    expect(sharedPart(leased(), 1, 'closed', 'gone')).toMatchObject({ upTo: 20, isFinal: true, trouble: 'gone' })
    expect(sharedPart(null, 1, 'closed', 'gone')).toMatchObject({ upTo: 0, isFinal: true })
  })

  test('open: this machine counts alone', () => {
    expect(sharedPart(leased(), 1, 'open', 'gone')).toMatchObject({ upTo: null, isFinal: false })
  })
})
