import { describe, expect, test } from 'vitest'
import type { Quote } from '../../../../main/core/metering/quote/quote.ts'
import type { BudgetState } from '../../../../main/core/policy/decision/facts.ts'
import { growHold, holdFor, leftOf, sizeHold } from '../../../../main/core/policy/decision/size-hold.ts'
import { TUNING } from '../../../../main/core/policy/decision/tuning.ts'
import { quoteOf } from '../../../support/gateway/call-facts.ts'

/** A token of output costs 10,000 nano-dollars and the input 1,000,000: room for `tokens` of output is this much money. */
const usdFor = (tokens: number) => 1_000_000 + tokens * 10_000

/** A budget with room for `now` tokens of output, and for `free` if every other hold were given back. */
function money(now: number, free = now): BudgetState {
  const limit = 100_000_000_000
  return budget('usd', limit, limit - usdFor(free), usdFor(free) - usdFor(now))
}

function tokens(now: number, free = now): BudgetState {
  return budget('tokens', 10_000_000, 10_000_000 - 1_000 - free, free - now)
}

function budget(unit: 'usd' | 'tokens', limit: number, spent: number, held: number): BudgetState {
  return {
    rule: { id: unit, guard: unit === 'usd' ? 'spend-cap' : 'token-cap' },
    unit,
    key: null,
    window: { startMs: 0, endMs: 86_400_000, rolling: false },
    limit,
    raised: 0,
    spent,
    held,
  }
}

/** What is decided, in short: the tokens held and the clamp, or who is waited for. */
function sizing(changes: Partial<Quote>, budgets: BudgetState[], isImpatient = false) {
  const result = sizeHold(quoteOf(changes), budgets, isImpatient)
  switch (result.kind) {
    case 'admit':
      return { held: result.hold.outputTokens, clampTo: result.clampTo }
    case 'wait':
      return `wait for ${result.blockedBy.map((state) => state.rule.id).join(', ')}`
    case 'refuse':
      return `refused by ${result.by.rule.id}`
  }
}

/** What is shared needs no reserve: a stream that runs gets what nobody has leased. */
const SHARED = {
  upTo: null,
  isFinal: false,
  spentElsewhere: 0,
  leasedElsewhere: 0,
  raisedElsewhere: 0,
  machines: 1,
  trouble: null,
  ownSpent: 0,
}

type Case = [name: string, quote: Partial<Quote>, budgets: BudgetState[], expected: unknown, isImpatient?: boolean]

describe('a call that makes no output', () => {
  const none: Partial<Quote> = { output: 'none', worstOutputTokens: 0, expectedOutputTokens: 0 }
  test.each<Case>([
    ['fits', none, [money(0)], { held: 0, clampTo: null }],
    ['waits for holds', none, [money(-1, 0)], 'wait for usd'],
    ['is refused by what is spent', none, [money(-1)], 'refused by usd'],
    ['needs room in every budget', none, [money(5_000), tokens(-1)], 'refused by tokens'],
    ['needs none without a budget', none, [], { held: 0, clampTo: null }],
  ])('%s', (_name, quote, budgets, expected) => expect(sizing(quote, budgets)).toEqual(expected))
})

describe('a stream that can be watched', () => {
  const stream: Partial<Quote> = { output: 'visible', marginTokens: 100 }
  test.each<Case>([
    ['without a budget holds what is expected, and the margin', stream, [], { held: 1_100, clampTo: null }],
    ['with plenty holds what is expected, and the margin', stream, [money(50_000)], { held: 1_100, clampTo: null }],
    [
      'nothing learned yet: the longest that is assumed, however much there is',
      { ...stream, typical: false, highOutputTokens: 4_096 },
      [money(50_000)],
      { held: 4_196, clampTo: null },
    ],
    [
      'never more than it may make',
      { ...stream, worstOutputTokens: 500, hasOwnMaximum: true },
      [money(50_000)],
      { held: 500, clampTo: null },
    ],
    [
      'little left: the longest that is usual, so that it need not be ended',
      stream,
      [money(5_000)],
      { held: 2_100, clampTo: null },
    ],
    ['others hold what it needs', stream, [money(100, 50_000)], 'wait for usd'],
    // 49,000 are held by some 44 streams: in sum they may make 1,000 × √45 more than is expected of them.
    ['a reserve stays free for streams that outgrow theirs', stream, [money(7_700, 57_000)], 'wait for usd'],
    ['beside that reserve there is room', stream, [money(7_900, 57_000)], { held: 1_100, clampTo: null }],
    ['the first stream reserves for itself alone', stream, [money(14_000)], { held: 1_100, clampTo: null }],
    [
      'a budget of its own needs no reserve for those of another',
      stream,
      [money(13_000), { ...tokens(2_200, 57_000), shared: SHARED }],
      { held: 1_100, clampTo: null },
    ],
    ['less than the usual is left: the rest, as a clamp', stream, [money(1_500)], { held: 1_500, clampTo: 1_500 }],
    ['less than is expected is left, and nobody holds any', stream, [money(400)], { held: 400, clampTo: 400 }],
    ['too little for a sentence', stream, [money(200)], 'refused by usd'],
    ['the rest is held by others, and would do', stream, [money(100, 1_000)], 'wait for usd'],
    ['a signed body is not clamped', { ...stream, sealed: true }, [money(1_500)], { held: 1_500, clampTo: null }],
    ['the tightest of several decides', stream, [money(50_000), tokens(1_500)], { held: 1_500, clampTo: 1_500 }],
    ['several choices share the clamp', { ...stream, choices: 2 }, [money(1_500)], { held: 1_500, clampTo: 750 }],
    ['patient: waits for the usual', stream, [money(500, 5_000)], 'wait for usd'],
    [
      'after a long wait: takes what there is, but what those that run may outgrow',
      stream,
      [money(2_000, 5_000)],
      { held: 348, clampTo: 348 },
      true,
    ],
    ['after a long wait, and that is all there is', stream, [money(1_300, 5_000)], 'wait for usd', true],
    ['after a long wait, but nothing sensible is there', stream, [money(100, 5_000)], 'wait for usd', true],
    ['after a long wait, with plenty of money: waits on', stream, [money(500, 50_000)], 'wait for usd', true],
  ])('%s', (_name, quote, budgets, expected, isImpatient) =>
    expect(sizing(quote, budgets, isImpatient)).toEqual(expected),
  )
})

describe('an answer that nobody can watch', () => {
  const hidden: Partial<Quote> = { output: 'hidden' }
  const own: Partial<Quote> = { ...hidden, hasOwnMaximum: true, worstOutputTokens: 3_000 }
  test.each<Case>([
    ['without a budget holds its worst', hidden, [], { held: 16_000, clampTo: null }],
    ['its own maximum is held whole', own, [money(50_000)], { held: 3_000, clampTo: null }],
    ['no maximum: a share of what is left, as a clamp', hidden, [money(160_000)], { held: 10_000, clampTo: 10_000 }],
    ['no maximum, and the share is small: what is usual', hidden, [money(20_000)], { held: 2_000, clampTo: 2_000 }],
    [
      'no maximum, and it fits into its share',
      { ...hidden, worstOutputTokens: 1_500 },
      [money(50_000)],
      { held: 1_500, clampTo: null },
    ],
    [
      'nothing learned: a few pages',
      { ...hidden, typical: false, highOutputTokens: 4_096 },
      [money(20_000)],
      { held: 4_096, clampTo: 4_096 },
    ],
    [
      'its own maximum does not fit now, what is usual does',
      own,
      [money(2_500, 50_000)],
      { held: 2_000, clampTo: 2_000 },
    ],
    [
      'nothing learned, and its own maximum does not fit now',
      { ...own, typical: false, worstOutputTokens: 8_000 },
      [money(5_000, 50_000)],
      'wait for usd',
    ],
    [
      'nothing learned, and its own maximum will never fit: a few pages',
      { ...own, typical: false, highOutputTokens: 4_096, worstOutputTokens: 60_000 },
      [money(5_000, 50_000)],
      { held: 4_096, clampTo: 4_096 },
    ],
    ['others hold what is usual', own, [money(1_000, 50_000)], 'wait for usd'],
    [
      'the end in sight: half way from what is expected to the longest',
      hidden,
      [money(6_000)],
      { held: 1_500, clampTo: 1_500 },
    ],
    ['the rest, as a clamp', own, [money(700)], { held: 700, clampTo: 700 }],
    ['the rest is too little for an answer', own, [money(255)], 'refused by usd'],
    ['the least that makes sense', own, [money(256)], { held: 256, clampTo: 256 }],
    [
      'a thinking budget and a thousand are the least',
      { ...own, minOutputTokens: 2_024 },
      [money(2_000)],
      'refused by usd',
    ],
    [
      'a maximum below the least is its own least',
      { ...own, worstOutputTokens: 50, minOutputTokens: 50 },
      [money(50)],
      { held: 50, clampTo: null },
    ],
    ['the least holds for each choice', { ...own, choices: 3 }, [money(700)], 'refused by usd'],
    ['a clamp holds for each choice', { ...own, choices: 2 }, [money(1_001)], { held: 1_001, clampTo: 500 }],
    ['little is left, and others hold what is expected', own, [money(300, 900)], 'wait for usd'],
    ['signed: its whole worst', { ...own, sealed: true }, [money(3_000)], { held: 3_000, clampTo: null }],
    ['signed: waits for its whole worst', { ...own, sealed: true }, [money(2_999, 3_000)], 'wait for usd'],
    ['signed: refused where its whole worst does not fit', { ...own, sealed: true }, [money(2_999)], 'refused by usd'],
    ['money and tokens: who has less room is waited for', own, [money(50_000), tokens(100, 50_000)], 'wait for tokens'],
    ['patient: waits for what is usual', own, [money(600, 10_000)], 'wait for usd'],
    ['after a long wait: takes what there is', own, [money(600, 10_000)], { held: 600, clampTo: 600 }, true],
    ['after a long wait, with plenty of money: waits on', own, [money(600, 100_000)], 'wait for usd', true],
    ['after a long wait, signed: waits on', { ...own, sealed: true }, [money(600, 10_000)], 'wait for usd', true],
  ])('%s', (_name, quote, budgets, expected, isImpatient) =>
    expect(sizing(quote, budgets, isImpatient)).toEqual(expected),
  )

  test('a predicted cache discount is no money: what fits only with it is refused, unless the rule trusts the cache', () => {
    const quote = quoteOf({
      output: 'hidden',
      hasOwnMaximum: true,
      worstOutputTokens: 500,
      worstInputNanos: 50_000_000,
      expectedInputNanos: 5_000_000,
    })
    const left = 5_000_000 + 500 * 10_000
    const cap = budget('usd', left, 0, 0)
    expect(sizeHold(quote, [cap])).toMatchObject({ kind: 'refuse' })
    const trusting = { ...cap, rule: { ...cap.rule, trustCache: true } }
    const held = { nanos: left, tokens: 1_500, outputTokens: 500 }
    expect(sizeHold(quote, [trusting])).toEqual({ kind: 'admit', hold: held, clampTo: null })
    expect(sizeHold(quote, [trusting, cap])).toMatchObject({ kind: 'refuse' })
  })
})

describe('a free model', () => {
  const free: Partial<Quote> = { worstInputNanos: 0, expectedInputNanos: 0, outputNanosPerMillion: 0 }
  test.each<Case>([
    ['a used-up budget of money is nothing to it', free, [budget('usd', 100, 100, 0)], { held: 16_000, clampTo: null }],
    [
      'nor one that was passed',
      { ...free, output: 'visible' },
      [budget('usd', 100, 150, 0)],
      { held: 1_100, clampTo: null },
    ],
    ['a budget of tokens is', free, [budget('usd', 100, 100, 0), tokens(100)], 'refused by tokens'],
  ])('%s', (_name, quote, budgets, expected) => expect(sizing(quote, budgets)).toEqual(expected))
})

describe('a growing hold', () => {
  const quote = quoteOf({ output: 'visible' })
  const hold = holdFor(quote, 1_000, [])
  test.each([
    ['as much as is wanted', 5_000, 2_000],
    ['what is left, when that is enough', 700, 1_700],
    ['just what is needed', 500, 1_500],
    ['not enough: nothing', 499, null],
    ['nothing is left', 0, null],
    ['less than nothing is left', -5_000, null],
  ])('%s', (_name, left, expected) => {
    // What is left of a running call's budget is left for output alone: its input is held already.
    const state = budget('usd', 1_000_000_000, 1_000_000_000 - left * 10_000, 0)
    expect(growHold(quote, hold, 1_500, 2_000, [state])?.outputTokens ?? null).toBe(expected)
  })

  test('never shrinks, and its money is that of its tokens', () => {
    const grown = growHold(quote, hold, 1_500, 2_000, [])
    expect(grown).toEqual(holdFor(quote, 2_000, []))
  })

  test('a clamped stream needs little more than what was seen', () =>
    expect(TUNING.CLAMPED_MARGIN_TOKENS).toBeLessThan(256))

  test('what is left counts raises and holds', () =>
    expect(leftOf({ ...budget('usd', 100, 30, 20), raised: 5 })).toBe(55))
})
